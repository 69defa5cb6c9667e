//! Service requests, as the text has them.

use crmkit::service::ServiceStatus;

use crate::mutation::Mutation;
use crate::state::{Answer, Entry, Key, Kind, Model, Refusal, Role, Round, Service, Who, Why, blank};

/// What a customer asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewService {
    pub(crate) customer: Key,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) request: Option<String>,
}

const MANAGERS: [Role; 1] = [Role::Manager];

impl Model {
    /// A supervisor sees all; an account manager those he entered and those he was given.
    pub(crate) fn service_is_seen(&self, who: Who, it: &Service) -> bool {
        who.role() != Role::Manager || it.created_by == Some(who) || it.assigned_to == Some(who)
    }

    pub(crate) fn create_service(&mut self, who: Who, new: &NewService) -> Answer {
        let both = [Role::Manager, Role::Supervisor];
        let lenient = self.planted(Mutation::SupervisorCreatesService);
        let roles: &[Role] = if lenient { &both } else { &MANAGERS };
        let why = self.refers(who, roles, Kind::Customer, new.customer)?;
        let stands = |entry: &Entry| entry.kind == "service_type" && entry.value == new.kind;
        let known =
            self.entries.live().any(|(_, entry)| stands(entry)) || self.planted(Mutation::TypeOutsideDictionary);
        why.when(blank(&new.title) || new.request.is_none(), Refusal::Invalid)
            // What the system brings from elsewhere may be of any type.
            .when(who.person().is_some() && !known, Refusal::Invalid)
            .answer()?;
        let number = self.number(Kind::Service);
        self.services.add(Service {
            number,
            customer: new.customer,
            kind: new.kind.clone(),
            title: new.title.clone(),
            request: new.request.clone(),
            status: ServiceStatus::Created,
            created_by: who.person(),
            created_at: self.now,
            assigned_to: None,
            assigned_at: None,
            assigned_by: None,
            handling: None,
            outcome: None,
        });
        Ok(())
    }

    fn in_status(&self, at: Key, status: ServiceStatus) -> Why {
        Why::default().when(self.services.get(at).is_some_and(|it| it.status != status), Refusal::State)
    }

    pub(crate) fn assign_service(&mut self, who: Who, at: Key, to: Who) -> Answer {
        self.may(who, &[Role::Supervisor], Kind::Service, at)?;
        self.in_status(at, ServiceStatus::Created).when(!self.is_active_manager(to), Refusal::State).answer()?;
        let now = self.now;
        self.services.change(at, |it| {
            it.status = ServiceStatus::Assigned;
            it.assigned_to = Some(to);
            it.assigned_at = Some(now);
            it.assigned_by = who.person();
        });
        Ok(())
    }

    pub(crate) fn handle(&mut self, who: Who, at: Key, text: &str) -> Answer {
        self.may(who, &MANAGERS, Kind::Service, at)?;
        let other = self.services.get(at).is_some_and(|it| it.assigned_to != Some(who));
        let checked = who != Who::System && !self.planted(Mutation::AnyManagerHandles);
        self.in_status(at, ServiceStatus::Assigned)
            .when(checked && other, Refusal::Denied)
            .when(blank(text), Refusal::Invalid)
            .answer()?;
        let now = self.now;
        self.services.change(at, |it| {
            it.status = ServiceStatus::Handled;
            it.handling = Some((text.to_owned(), who.person(), now));
        });
        Ok(())
    }

    pub(crate) fn feedback(&mut self, who: Who, at: Key, result: &str, score: u8) -> Answer {
        self.may(who, &MANAGERS, Kind::Service, at)?;
        let it = self.services.get(at).cloned();
        let handler = it.as_ref().and_then(|it| it.handling.as_ref()?.1.or(it.assigned_to));
        self.in_status(at, ServiceStatus::Handled)
            .when(who != Who::System && handler != Some(who), Refusal::Denied)
            .when(blank(result), Refusal::Invalid)
            .answer()?;
        let Some((text, _, handled_at)) = it.and_then(|it| it.handling) else { return Ok(()) };
        // A round is his for whom it was handled, also where a job wrote it down.
        let handling = (text, handler, handled_at);
        if self.planted(Mutation::EarlierHandlingLost) {
            self.rounds.retain(|earlier| earlier.request != at);
        }
        let round = 1 + self.rounds.iter().filter(|earlier| earlier.request == at).count() as i64;
        let outcome = (result.to_owned(), score);
        self.rounds.push(Round { request: at, round, handling, outcome: outcome.clone(), at: self.now });
        let enough = if self.planted(Mutation::ScoreThreeGoesBack) { 4 } else { 3 };
        self.services.change(at, |it| {
            if score >= enough {
                it.status = ServiceStatus::Archived;
                it.outcome = Some(outcome);
            } else {
                it.status = ServiceStatus::Assigned;
                it.handling = None;
            }
        });
        Ok(())
    }

    pub(crate) fn delete_service(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &MANAGERS, Kind::Service, at)?;
        let other = self.services.get(at).is_some_and(|it| it.created_by != Some(who));
        let early = self.services.get(at).is_some_and(|it| it.status == ServiceStatus::Assigned);
        let lenient = early && self.planted(Mutation::AssignedServiceDeleted);
        let why = if lenient { Why::default() } else { self.in_status(at, ServiceStatus::Created) };
        why.when(who != Who::System && other, Refusal::Denied).answer()?;
        self.services.remove(at);
        Ok(())
    }
}
