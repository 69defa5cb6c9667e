//! Teams.

use super::{AccessRevision, User};
use crate::change::Change;
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sys_team", "团队", "Team")]
    #[inputs(NewTeam, TeamPatch)]
    /// Users who work together; teams form a tree.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let north = crm.system().teams().create(NewTeam { name: "North".into(), ..Default::default() }).await?;
    /// let role = crm.system().roles().named("account_manager").await?;
    /// let new = NewUser { team: Some(north.id), ..NewUser::new("li", role.id) };
    /// assert_eq!(crm.system().users().create(new).await?.team, Some(north.id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Team {
        /// What it is called.
        #[label("名称", "Name")]
        pub name: String,
        /// The team it is part of.
        #[label("上级团队", "Parent team")]
        pub parent: Option<Id<Team>>,
        /// Who leads it: his scopes "team" and "subtree" reach it as if he belonged to it.
        #[label("负责人", "Leader")]
        pub leader: Option<Id<User>>,
    }
);

impl EntityFacts for Team {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Team::name]).natural::<Self>(&[&Team::name])
    }
}

impl Rules for Team {
    /// Every team above, so that of two moves at once one sees the other.
    fn relies_on(&self) -> Vec<Need> {
        self.parent.map(|parent| Need::chain(parent, Self::parent)).into_iter().collect()
    }

    /// No team stands below itself.
    fn allowed(_: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        let (mut above, mut left) = (after.parent, loaded.all::<Self>()?.len());
        while let Some(team) = above {
            if team == after.id || left == 0 {
                let problem = "would stand below itself; move the teams in between first".to_owned();
                return Err(Error::State { entity: "team".into(), id: after.id.raw(), problem });
            }
            above = loaded.get(team)?.parent;
            left -= 1;
        }
        Ok(())
    }

    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        // A new team reaches nobody's rights but its leader's.
        let known = |team: Option<&Self>| team.map_or((None, None), |team| (team.parent, team.leader));
        AccessRevision::count_if(known(before) != known(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::schema::Entity;

    #[test]
    fn teams_that_stand_below_each_other_already_are_no_way_up() {
        let id = |number: u8| Id::new(RecordId::from_bytes([number; 16]));
        let team = |number, parent| Team { parent, ..Team::draft(id(number), NewTeam::default()) };
        let mut loaded = Loaded::new(Vec::new());
        // As an import past the rules may leave them.
        loaded.add(team(1, Some(id(2))).into_record());
        loaded.add(team(2, Some(id(1))).into_record());
        let context = Context { now: crate::value::Timestamp::EPOCH, actor: None, zone: chrono_tz::UTC };
        let below = team(3, Some(id(1)));
        assert!(matches!(Team::allowed(None, Some(&below), &loaded, &context), Err(Error::State { .. })));
    }
}
