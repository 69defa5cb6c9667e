//! The page.

mod escape;
mod table;

use super::model::{Better, Brief, Compared, Group, Headline, LeftOutReason, Urgency, Warning};
use super::period::BriefPeriod;
use super::{shown, words};
use crate::schema::{Choice, Label};
use crate::value::Value;

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded and nothing runs, whatever a name or a text may say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const GROUPS: [Group; 5] = [Group::Sales, Group::Customers, Group::Pipeline, Group::Service, Group::Todo];

/// The whole page.
pub(super) fn page(brief: &Brief) -> String {
    let mut page = Page { out: String::with_capacity(64 * 1_024), brief };
    page.head();
    page.markup("<body>\n");
    page.header();
    page.markup("<main>\n");
    page.headlines();
    page.warnings();
    for group in GROUPS {
        page.group(group);
    }
    page.markup("</main>\n");
    page.footer();
    page.markup("</body>\n</html>\n");
    page.out
}

/// A page being written. What is not markup of our own goes through [`text`](Self::text) or [`name`](Self::name).
struct Page<'a> {
    out: String,
    brief: &'a Brief,
}

impl Page<'_> {
    fn markup(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn text(&mut self, text: &str) {
        escape::escaped(&mut self.out, text);
    }

    /// Text that somebody has entered: its direction is its own business.
    fn name(&mut self, text: &str) {
        self.markup("<bdi>");
        self.text(text);
        self.markup("</bdi>");
    }

    fn word(&mut self, label: &Label) {
        let text = label.text(self.brief.lang).to_owned();
        self.text(&text);
    }

    /// An element that holds only text.
    fn element(&mut self, open: &str, text: &str, close: &str) {
        self.markup(open);
        self.text(text);
        self.markup(close);
    }

    fn head(&mut self) {
        let brief = self.brief;
        self.markup("<!DOCTYPE html>\n<html lang=\"");
        self.markup(match brief.lang {
            crate::schema::Lang::En => "en",
            crate::schema::Lang::Zh => "zh-Hans",
        });
        self.markup("\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"");
        self.markup(POLICY);
        self.markup("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        let organisation = brief.organisation.iter().map(|name| format!(" · {}", escape::undirected(name)));
        let title = format!("{} · {}{}", brief.title, brief.period.title(brief.lang), organisation.collect::<String>());
        self.text(&title);
        self.markup("</title>\n<style>\n");
        self.markup(STYLE);
        self.markup("</style>\n</head>\n");
    }

    fn header(&mut self) {
        let (brief, lang) = (self.brief, self.brief.lang);
        self.markup("<header>\n");
        if let Some(organisation) = &brief.organisation {
            self.markup("<p class=\"organisation\">");
            self.name(organisation);
            self.markup("</p>\n");
        }
        self.element("<h1>", &brief.title, "</h1>\n");
        self.element("<p class=\"period\">", &brief.period.title(lang), "</p>\n<dl class=\"facts\">\n");
        let days = |period: &BriefPeriod| {
            let parts = [period.first().to_string(), period.last().to_string()];
            parts.join(" – ")
        };
        self.fact(&words::PERIOD, &days(&brief.period));
        let compared: Vec<String> =
            [brief.previous, brief.last_year].iter().flatten().map(|period| period.title(lang)).collect();
        if !compared.is_empty() {
            self.fact(&words::COMPARED, &compared.join(words::COMMA.text(lang)));
        }
        self.markup("<div><dt>");
        self.word(&words::AUDIENCE);
        self.markup("</dt><dd>");
        self.name(&brief.audience.name);
        let role = words::role(&brief.audience.role, lang);
        if role != brief.audience.name {
            self.word(&words::OPEN);
            self.name(&role);
            self.word(&words::CLOSE);
        }
        self.markup("</dd></div>\n");
        let covers = match brief.audience.scope {
            Some(scope) => crate::access::Scope::definition().label(scope.code(), lang).to_owned(),
            None => words::VARIES.text(lang).to_owned(),
        };
        self.fact(&words::COVERS, &covers);
        self.fact(&words::GENERATED, &brief.generated);
        self.markup("</dl>\n");
        if !brief.complete {
            self.markup("<p class=\"incomplete\">");
            self.word(&words::INCOMPLETE);
            self.markup("</p>\n");
        }
        self.markup("</header>\n");
    }

    fn fact(&mut self, label: &Label, text: &str) {
        self.markup("<div><dt>");
        self.word(label);
        self.element("</dt><dd>", text, "</dd></div>\n");
    }

    fn headlines(&mut self) {
        let brief = self.brief;
        if brief.headlines.is_empty() {
            return;
        }
        self.markup("<section aria-labelledby=\"headlines\">\n<h2 id=\"headlines\">");
        self.word(&words::HEADLINES);
        self.markup("</h2>\n<ul class=\"cards\">\n");
        for headline in &brief.headlines {
            self.card(headline);
        }
        self.markup("</ul>\n</section>\n");
    }

    fn card(&mut self, headline: &Headline) {
        let lang = self.brief.lang;
        self.element("<li>\n<h3>", &headline.label, "</h3>\n");
        self.element("<p class=\"value\">", &shown::value(&headline.value, None, lang), "");
        if headline.kind == "money" && !headline.value.is_null() {
            self.element(" <span class=\"unit\">", &self.brief.currency, "</span>");
        }
        self.markup("</p>\n");
        if headline.current {
            self.markup("<p class=\"change\">");
            self.word(&words::CURRENT);
            self.markup("</p>\n");
        }
        let periods = [self.brief.previous, self.brief.last_year];
        for (compared, period) in [&headline.previous, &headline.last_year].into_iter().zip(periods) {
            if let (Some(compared), Some(period)) = (compared, period) {
                self.change(headline, compared, &period);
            }
        }
        self.markup("</li>\n");
    }

    /// How a figure has changed: with a mark and a sign, so that the colour says nothing more.
    fn change(&mut self, headline: &Headline, compared: &Compared, period: &BriefPeriod) {
        let lang = self.brief.lang;
        let sign = compared.change.as_integer().map_or(0, i64::signum);
        let (class, mark) = match (sign, headline.better) {
            (0, _) => ("same", "="),
            (1, Better::Up) => ("good", "▲"),
            (1, Better::Down) => ("bad", "▲"),
            (1, Better::Neither) => ("same", "▲"),
            (_, Better::Up) => ("bad", "▼"),
            (_, Better::Down) => ("good", "▼"),
            (_, Better::Neither) => ("same", "▼"),
        };
        self.markup("<p class=\"change\">");
        if let Some(change) = shown::signed(&compared.change) {
            let change = match &compared.change {
                Value::Rate(_) => words::filled(&words::POINTS, lang, &[("n", change.trim_end_matches('%'))]),
                _ => change,
            };
            let rate = shown::signed(&compared.change_rate).map(|rate| format!("{rate} · "));
            let text = format!("{mark} {}{change}", rate.unwrap_or_default());
            self.element(&format!("<span class=\"{class}\">"), &text, "</span> ");
        }
        let was = shown::value(&compared.value, None, lang);
        let period = period.title(lang);
        self.text(&words::filled(&words::VERSUS, lang, &[("period", &period), ("value", &was)]));
        self.markup("</p>\n");
    }

    fn warnings(&mut self) {
        let brief = self.brief;
        self.markup("<section aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">");
        self.word(&words::WARNINGS);
        self.markup("</h2>\n");
        if brief.warnings.is_empty() {
            self.markup("<p>");
            self.word(&words::NO_WARNINGS);
            self.markup("</p>\n");
        } else {
            self.markup("<ul class=\"warnings\">\n");
            for warning in &brief.warnings {
                self.warning(warning);
            }
            self.markup("</ul>\n");
        }
        self.markup("</section>\n");
    }

    fn warning(&mut self, warning: &Warning) {
        let (class, urgency) = match warning.urgency {
            Urgency::Act => ("act", &words::ACT),
            Urgency::Watch => ("watch", &words::WATCH),
        };
        self.markup(&format!("<li class=\"{class}\"><span class=\"tag\">"));
        self.word(urgency);
        self.markup("</span> ");
        if let Some(about) = &warning.about {
            self.markup("<strong>");
            self.name(about.name.as_deref().or(about.number.as_deref()).unwrap_or(words::NONE.text(self.brief.lang)));
            self.markup("</strong>");
            let number = about.number.as_ref().filter(|_| about.name.is_some());
            if number.is_some() || about.person.is_some() {
                self.word(&words::OPEN);
                number.into_iter().for_each(|number| self.name(number));
                if let Some(person) = &about.person {
                    if number.is_some() {
                        self.word(&words::COMMA);
                    }
                    self.word(&words::RESPONSIBLE);
                    self.word(&words::COLON);
                    self.name(person);
                }
                self.word(&words::CLOSE);
            }
            self.word(&words::COLON);
        }
        self.text(&warning.text);
        self.word(&words::STOP);
        self.element(" <span class=\"todo\">", &warning.todo, "");
        self.word(&words::STOP);
        self.markup("</span></li>\n");
    }

    fn group(&mut self, group: Group) {
        let brief = self.brief;
        let mut sections = brief.sections.iter().filter(|section| section.group == group).peekable();
        if sections.peek().is_none() {
            return;
        }
        let (id, title) = match group {
            Group::Sales => ("sales", &words::SALES),
            Group::Customers => ("customers", &words::CUSTOMERS),
            Group::Pipeline => ("pipeline", &words::PIPELINE),
            Group::Service => ("services", &words::SERVICE),
            Group::Todo => ("todo", &words::TODO),
        };
        self.markup(&format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">"));
        self.word(title);
        self.markup("</h2>\n");
        let mut empty = Vec::new();
        for section in sections {
            match section.is_empty() {
                true => empty.push(section.title.as_str()),
                false => self.section(section),
            }
        }
        if !empty.is_empty() {
            let titles = empty.join(words::COMMA.text(brief.lang));
            let nothing = words::filled(&words::NOTHING, brief.lang, &[("titles", &titles)]);
            self.element("<p class=\"nothing\">", &nothing, "");
            self.word(&words::STOP);
            self.markup("</p>\n");
        }
        self.markup("</section>\n");
    }

    fn footer(&mut self) {
        let (brief, lang) = (self.brief, self.brief.lang);
        self.markup("<footer>\n");
        if !brief.left_out.is_empty() {
            self.markup("<section aria-labelledby=\"left-out\">\n<h2 id=\"left-out\">");
            self.word(&words::LEFT_OUT);
            self.markup("</h2>\n<ul>\n");
            for left_out in &brief.left_out {
                let why = match left_out.reason {
                    LeftOutReason::Right => &words::NO_RIGHT,
                    LeftOutReason::Field => &words::NO_FIELD,
                };
                let colon = words::COLON.text(lang);
                let text = format!("{}{colon}{}{colon}{}", left_out.report, left_out.about, why.text(lang));
                self.element("<li>", &text, "</li>\n");
            }
            self.markup("</ul>\n</section>\n");
        }
        self.markup("<section aria-labelledby=\"notes\">\n<h2 id=\"notes\">");
        self.word(&words::NOTES);
        self.markup("</h2>\n<ul>\n");
        for note in [&words::NOTE_MOMENT, &words::NOTE_SALES, &words::NOTE_NOW, &words::NOTE_ROUNDED] {
            self.element("<li>", note.text(lang), "</li>\n");
        }
        self.markup("</ul>\n</section>\n</footer>\n");
    }
}
