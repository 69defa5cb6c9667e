//! Several reports of one moment.

use std::sync::Arc;

use super::catalogue::StandardReport;
use super::error::Result;
use super::table::Report;
use super::view::View;
use crate::access::{Actor, Scope};
use crate::schema::EntityDef;
use crate::session::Session;
use crate::storage::Reader;
use crate::value::{Date, Timestamp};

/// What someone's reports see at one moment, with the rights he had when it began.
#[derive(Debug)]
pub(crate) struct Moment {
    session: Session,
    actor: Arc<Actor>,
    snapshot: Box<dyn Reader>,
    now: Timestamp,
}

impl Session {
    /// The present moment, for several reports.
    pub(crate) async fn moment(&self) -> Result<Moment> {
        let actor = self.fresh().await?;
        let snapshot = self.storage().snapshot().await?;
        Ok(Moment { session: self.clone(), actor, snapshot, now: self.crm().now() })
    }
}

impl Moment {
    /// Who asks.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When it is.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The day in the organisation's zone.
    pub(crate) fn today(&self) -> Date {
        self.now.local_date(self.session.crm().organisation().zone())
    }

    /// A report and how far the right to run it reaches; none without the right.
    pub(crate) async fn run<R: StandardReport>(&self, report: &R) -> Result<Option<(Report, Scope)>> {
        let right = self.session.crm().rights().id(&format!("report.{}", R::NAME));
        let scope = right.map_or(Scope::None, |right| self.actor.scope(right));
        if scope == Scope::None {
            return Ok(None);
        }
        let visible = |def: &EntityDef| self.actor.reach(scope, def);
        let hidden = |def: &EntityDef, place: usize| self.actor.hides(def, place);
        let view = View::new(&*self.snapshot, &visible, self.now).hiding(&hidden);
        Ok(Some((report.run(&self.session.view(view)).await?, scope)))
    }
}
