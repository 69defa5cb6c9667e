//! `crm brief`: the periodic report for the management, as a page of HTML or as JSON.

use std::io::Write;

use clap::Args;
use crmkit::brief::{BriefOptions, BriefPeriod};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};

/// What the report is about.
#[derive(Debug, Args)]
pub(crate) struct BriefArgs {
    /// The days it is about: 1997, 1997-Q2, 1997-03, 1997-W09 or 1997-03-01/1997-03-09; without them the last full month
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    period: Option<String>,
    /// The first day, together with the last
    #[arg(long, value_name = "YYYY-MM-DD", requires = "to")]
    from: Option<String>,
    /// The last day, inclusive
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    to: Option<String>,
    /// How many rows of each report are shown
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rows: u32,
}

/// Writes the report.
pub(crate) fn run(args: &BriefArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let options = args.options()?;
    match call.globals.format {
        // Text for people is the page.
        None | Some(Format::Text) => {
            let page = block_on(call.session()?.brief(&options))?.to_html();
            call.out.write_all(page.as_bytes())?;
        }
        Some(Format::Json) => {
            let json = block_on(call.session()?.brief(&options))?.to_json();
            writeln!(call.out, "{json}")?;
        }
        Some(_) => {
            let sentence = "a brief is a page of HTML or, with `--format json`, JSON";
            return Err(Failure::Usage(sentence.to_owned()));
        }
    }
    Ok(Outcome::Done)
}

impl BriefArgs {
    fn options(&self) -> Result<BriefOptions, Failure> {
        let period = match (&self.period, &self.from, &self.to) {
            (Some(period), _, _) => Some(period.clone()),
            (None, Some(from), Some(to)) => Some(format!("{from}/{to}")),
            (None, _, _) => None,
        };
        let period = period.map(|period| period.parse::<BriefPeriod>()).transpose()?;
        let mut options = BriefOptions::default();
        (options.period, options.rows) = (period, usize::try_from(self.rows).unwrap_or(options.rows));
        Ok(options)
    }
}
