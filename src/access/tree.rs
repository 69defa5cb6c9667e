//! The tree of rights: folders, the operations in them, and what ticking one does to the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Right, RightKind};
use crate::error::{Error, Result};

/// The operations that are ticked, by code. A folder is ticked by what is ticked below it.
///
/// # Examples
///
/// ```
/// use crmkit::access::Ticks;
///
/// let ticks = Ticks::from(["customer.read".to_owned(), "customer.edit".to_owned()]);
/// assert!(ticks.contains("customer.read") && !ticks.contains("customer.delete"));
/// ```
pub type Ticks = BTreeSet<String>;

/// How far a folder or an operation is ticked.
///
/// # Examples
///
/// ```
/// use crmkit::access::Tick;
///
/// assert!(Tick::Partly.is_ticked() && Tick::On.is_ticked() && !Tick::Off.is_ticked());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tick {
    /// Nothing of it.
    Off,
    /// Something below it.
    Partly,
    /// All of it.
    On,
}

impl Tick {
    /// Whether people are shown a tick: a parent is ticked as soon as one of its children is.
    #[must_use]
    pub const fn is_ticked(self) -> bool {
        matches!(self, Self::Partly | Self::On)
    }
}

/// Folders and operations below one root.
///
/// Ticking a folder ticks everything below it, and ticking anything ticks what it lies in; unticking takes everything
/// below away. All of it follows from which operations are ticked, so nothing else is stored.
///
/// # Examples
///
/// ```
/// use crmkit::access::{Right, RightKind, RightTree, Tick, Ticks};
/// # use crmkit::access::NewRight;
/// # use crmkit::id::Id;
/// # use crmkit::schema::Entity;
/// # let right = |code: &str, parent: Option<&str>, kind| {
/// #     Right::draft(Id::NIL, NewRight { code: code.into(), parent: parent.map(Into::into), kind, ..Default::default() })
/// # };
///
/// let rights = [
///     right("fleet", None, RightKind::Folder),
///     right("vehicle.read", Some("fleet"), RightKind::Operation),
///     right("vehicle.edit", Some("fleet"), RightKind::Operation),
/// ];
/// let (tree, mut ticks) = (RightTree::new(&rights), Ticks::new());
/// tree.tick(&mut ticks, "vehicle.read")?;
/// assert_eq!(tree.state(&ticks, "fleet"), Tick::Partly);
/// tree.tick(&mut ticks, "fleet")?;
/// assert_eq!(tree.state(&ticks, RightTree::ROOT), Tick::On);
/// tree.untick(&mut ticks, RightTree::ROOT)?;
/// assert!(ticks.is_empty());
/// # Ok::<(), crmkit::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct RightTree {
    nodes: BTreeMap<String, Node>,
    top: Vec<String>,
}

#[derive(Debug, Clone)]
struct Node {
    parent: Option<String>,
    operation: bool,
    children: Vec<String>,
}

impl RightTree {
    /// What everything lies below.
    pub const ROOT: &'static str = "root";

    /// The tree of these rights. One whose parent is not among them, or is itself below it, lies directly below the
    /// root.
    #[must_use]
    pub fn new<'a>(rights: impl IntoIterator<Item = &'a Right>) -> Self {
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        for right in rights {
            let operation = right.kind == RightKind::Operation;
            nodes.insert(right.code.clone(), Node { parent: right.parent.clone(), operation, children: Vec::new() });
        }
        let codes: Vec<String> = nodes.keys().cloned().collect();
        for code in &codes {
            if !reaches_top(&nodes, code)
                && let Some(node) = nodes.get_mut(code)
            {
                node.parent = None;
            }
        }
        let mut top = Vec::new();
        for code in codes {
            match nodes.get(&code).and_then(|node| node.parent.clone()).and_then(|parent| nodes.get_mut(&parent)) {
                Some(parent) => parent.children.push(code),
                None => top.push(code),
            }
        }
        Self { nodes, top }
    }

    /// What lies directly below a folder or operation, by code.
    pub fn children(&self, code: &str) -> impl Iterator<Item = &str> {
        let children =
            if code == Self::ROOT { Some(&self.top) } else { self.nodes.get(code).map(|node| &node.children) };
        children.into_iter().flatten().map(String::as_str)
    }

    /// The operations below a folder or operation, and itself if it is one.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such right.
    pub fn operations(&self, code: &str) -> Result<Vec<&str>> {
        if code != Self::ROOT && !self.nodes.contains_key(code) {
            return Err(Error::NotFound { entity: "right".into(), key: code.chars().take(80).collect() });
        }
        let (mut found, mut open) = (Vec::new(), vec![code]);
        while let Some(code) = open.pop() {
            found.extend(
                self.nodes.get_key_value(code).filter(|(_, node)| node.operation).map(|(code, _)| code.as_str()),
            );
            open.extend(self.children(code));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Ticks something, everything below it and, where they are operations, what it lies in.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such right.
    pub fn tick(&self, ticks: &mut Ticks, code: &str) -> Result<()> {
        ticks.extend(self.ticked_with(code)?.into_iter().map(ToOwned::to_owned));
        Ok(())
    }

    /// Unticks something and everything below it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such right.
    pub fn untick(&self, ticks: &mut Ticks, code: &str) -> Result<()> {
        for operation in self.operations(code)? {
            ticks.remove(operation);
        }
        Ok(())
    }

    /// How far something is ticked; off for what does not exist and for an empty folder.
    #[must_use]
    pub fn state(&self, ticks: &Ticks, code: &str) -> Tick {
        let operations = self.operations(code).unwrap_or_default();
        match operations.iter().filter(|operation| ticks.contains(**operation)).count() {
            0 => Tick::Off,
            some if some == operations.len() => Tick::On,
            _ => Tick::Partly,
        }
    }

    /// The operations that are ticked when something is.
    pub(crate) fn ticked_with(&self, code: &str) -> Result<Vec<&str>> {
        let mut ticked = self.operations(code)?;
        let mut at = self.nodes.get(code).and_then(|node| node.parent.as_deref());
        while let Some((code, node)) = at.and_then(|code| self.nodes.get_key_value(code)) {
            if node.operation {
                ticked.push(code);
            }
            at = node.parent.as_deref();
        }
        Ok(ticked)
    }
}

/// Whether the way up from a node comes to an end.
fn reaches_top(nodes: &BTreeMap<String, Node>, code: &str) -> bool {
    let mut at = Some(code);
    for _ in 0..=nodes.len() {
        match at.and_then(|code| nodes.get(code)) {
            Some(node) => at = node.parent.as_deref(),
            None => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::NewRight;
    use crate::id::Id;
    use crate::schema::Entity;

    fn right(code: &str, parent: &str, kind: RightKind) -> Right {
        let parent = (!parent.is_empty()).then(|| parent.to_owned());
        Right::draft(Id::NIL, NewRight { code: code.into(), parent, kind, ..Default::default() })
    }

    /// root → a (folder) → { a.x → a.x.y, b (folder, empty), lost loop l1 ↔ l2 }, c
    fn tree() -> RightTree {
        use RightKind::{Folder, Operation};
        RightTree::new(&[
            right("a", "", Folder),
            right("a.x", "a", Operation),
            right("a.x.y", "a.x", Operation),
            right("a.z", "a", Operation),
            right("b", "a", Folder),
            right("c", "nowhere", Operation),
            right("l1", "l2", Folder),
            right("l2", "l1", Operation),
        ])
    }

    #[test]
    fn a_parent_ticks_its_children_and_a_child_its_parents() {
        let (tree, mut ticks) = (tree(), Ticks::new());
        tree.tick(&mut ticks, "a.x.y").unwrap();
        // An operation that lies above comes along, its other children do not.
        assert_eq!(ticks.iter().collect::<Vec<_>>(), ["a.x", "a.x.y"]);
        assert_eq!((tree.state(&ticks, "a"), tree.state(&ticks, "root")), (Tick::Partly, Tick::Partly));
        assert_eq!(tree.state(&ticks, "a.x"), Tick::On);
        tree.tick(&mut ticks, "a").unwrap();
        assert_eq!((tree.state(&ticks, "a"), tree.state(&ticks, "a.z")), (Tick::On, Tick::On));
        tree.untick(&mut ticks, "a.x").unwrap();
        assert_eq!(ticks.iter().collect::<Vec<_>>(), ["a.z"]);
        assert!(tree.state(&ticks, "a").is_ticked());
        tree.untick(&mut ticks, "a.z").unwrap();
        assert!(!tree.state(&ticks, "a").is_ticked());
    }

    #[test]
    fn the_root_holds_everything_also_what_hangs_nowhere() {
        let (tree, mut ticks) = (tree(), Ticks::new());
        tree.tick(&mut ticks, RightTree::ROOT).unwrap();
        assert_eq!(ticks.iter().collect::<Vec<_>>(), ["a.x", "a.x.y", "a.z", "c", "l2"]);
        assert_eq!((tree.state(&ticks, "b"), tree.state(&ticks, "nonsense")), (Tick::Off, Tick::Off));
        assert!(matches!(tree.tick(&mut ticks, "nonsense"), Err(Error::NotFound { .. })));
    }
}
