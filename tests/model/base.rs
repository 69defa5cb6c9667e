//! The dictionary and the users, as the text has them.

use crate::mutation::Mutation;
use crate::state::{Answer, Entry, Key, Kind, Model, Refusal, Role, USERS, Who, Why, blank};

const ADMINISTRATORS: [Role; 1] = [Role::Administrator];

impl Model {
    fn entry_taken(&self, but: Option<Key>, kind: &str, value: &str) -> bool {
        self.entries.live().any(|(key, entry)| Some(key) != but && entry.kind == kind && entry.value == value)
    }

    /// Types that have only entries that may not be edited.
    fn is_fixed_type(&self, kind: &str) -> bool {
        let mut of_type = self.entries.live().filter(|(_, entry)| entry.kind == kind).peekable();
        of_type.peek().is_some() && of_type.all(|(_, entry)| !entry.editable)
    }

    pub(crate) fn create_entry(&mut self, who: Who, new: &Entry) -> Answer {
        self.right(who, &ADMINISTRATORS)?;
        let fixed = self.is_fixed_type(&new.kind);
        Why::default()
            .when(fixed, Refusal::State)
            .when(fixed, Refusal::Invalid)
            .when(blank(&new.item) || blank(&new.value), Refusal::Invalid)
            .when(self.entry_taken(None, &new.kind, &new.value), Refusal::Taken)
            .answer()?;
        self.entries.add(new.clone());
        Ok(())
    }

    fn editable(&self, at: Key) -> Why {
        let lenient = self.planted(Mutation::FixedEntryEdited);
        Why::default().when(!lenient && self.entries.get(at).is_some_and(|entry| !entry.editable), Refusal::State)
    }

    pub(crate) fn edit_entry(&mut self, who: Who, at: Key, item: &str, value: &str) -> Answer {
        self.right(who, &ADMINISTRATORS)?;
        Why::default().when(!self.sees(who, Kind::Entry, at), Refusal::NotFound).answer()?;
        let kind = self.entries.get(at).map_or(String::new(), |entry| entry.kind.clone());
        self.editable(at)
            .when(blank(item) || blank(value), Refusal::Invalid)
            .when(self.entry_taken(Some(at), &kind, value), Refusal::Taken)
            .answer()?;
        self.entries.change(at, |entry| (entry.item, entry.value) = (item.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(crate) fn delete_entry(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &ADMINISTRATORS, Kind::Entry, at)?;
        self.editable(at).answer()?;
        self.entries.remove(at);
        Ok(())
    }

    /// Whether a user is the last administrator who can act.
    fn is_last_administrator(&self, user: Who) -> bool {
        let another = |other: Who| other != user && other.role() == Role::Administrator && self.is_active(other);
        user.role() == Role::Administrator && self.is_active(user) && !USERS.into_iter().any(another)
    }

    /// Lets a user act, or no longer. Nobody stops himself, and the last active administrator stays.
    pub(crate) fn set_active(&mut self, who: Who, user: Who, active: bool) -> Answer {
        self.right(who, &ADMINISTRATORS)?;
        let leaves = self.is_active(user) && !active;
        let last = leaves && self.is_last_administrator(user);
        let own = leaves && who == user;
        let checked = |applies: bool, mutation: Mutation| applies && !self.planted(mutation);
        // The text says that it cannot be done, not what one is told.
        let refused =
            checked(last, Mutation::LastAdministratorLeaves) || checked(own && !last, Mutation::SelfDeactivation);
        Why::default()
            .when(refused, Refusal::Denied)
            .when(refused, Refusal::State)
            .when(refused, Refusal::Invalid)
            .answer()?;
        self.users.change(user as Key, |it| it.active = active);
        Ok(())
    }
}
