//! Old users and roles by the numbers that other tables have for them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::codes;
use crate::query::fold_text;
use crate::transfer::ImportError;
use crate::transfer::import::{Row, RowReader};
use crate::value::MAX_TEXT_BYTES;

/// Texts and what stands for them, such as an old number and a login.
pub(super) type Names = BTreeMap<String, String>;

/// The roles that both systems have, by their old names.
pub(super) fn default_roles() -> Names {
    codes::ROLES.map(|(old, code)| (old.to_owned(), code.to_owned())).into()
}

/// The roles of `sys_role` by number, and those that both systems have by name.
pub(super) fn roles(input: impl Read, id: usize, name: usize) -> Result<Names, ImportError> {
    let mut names = default_roles();
    for_each(input, |row| {
        let (id, name) = (row.cell(id), row.cell(name));
        if !id.is_empty() && !name.is_empty() {
            names.insert(id.to_owned(), codes::role(name).to_owned());
        }
    })?;
    Ok(names)
}

/// The logins of `sys_user` by number. Of two users with one login only the first can be moved, so that the number of
/// the other one leads nowhere: his records must not become somebody else's.
pub(super) fn users(input: impl Read, id: usize, name: usize) -> Result<Names, ImportError> {
    let (mut logins, mut taken) = (Names::new(), BTreeSet::new());
    for_each(input, |row| {
        let (id, name) = (row.cell(id), row.cell(name));
        if id.is_empty() || name.is_empty() || !taken.insert(fold_text(name)) {
            return;
        }
        if let Entry::Vacant(free) = logins.entry(id.to_owned()) {
            free.insert(name.to_owned());
        }
    })?;
    Ok(logins)
}

/// The column names of a file.
pub(super) fn header(input: impl Read) -> Result<Vec<String>, ImportError> {
    let mut row = Row::default();
    if !RowReader::new(input, MAX_TEXT_BYTES).read(&mut row)? {
        return Err(ImportError::Empty);
    }
    Ok(row.cells().map(ToOwned::to_owned).collect())
}

fn for_each(input: impl Read, mut told: impl FnMut(&Row)) -> Result<(), ImportError> {
    let (mut reader, mut row) = (RowReader::new(input, MAX_TEXT_BYTES), Row::default());
    reader.read(&mut row)?;
    while reader.read(&mut row)? {
        told(&row);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_two_have_stands_for_the_first() {
        let found = users(&b"usr_id,usr_name\n1,li\n2,Li\n3,wang\n,zhao\n"[..], 0, 1).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(id, login)| (&**id, &**login)).collect();
        assert_eq!(found, [("1", "li"), ("3", "wang")]);
    }

    #[test]
    fn a_role_is_found_by_number_and_name() {
        let text = "role_id,role_name\n7,客户经理\n8,门卫\n";
        let found = roles(text.as_bytes(), 0, 1).unwrap();
        let code = |text: &str| found.get(text).map(String::as_str);
        assert_eq!((code("7"), code("客户经理")), (Some("account_manager"), Some("account_manager")));
        assert_eq!((code("8"), code("9")), (Some("门卫"), None));
    }
}
