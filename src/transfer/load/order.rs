//! In which order entities are written, so that every reference leads to what is there.

use sha2::{Digest, Sha256};

use super::cycles::groups;
use super::read::Source;
use super::rows::Rows;
use crate::id::{RecordId, Version};
use crate::query::PreparedFilter;
use crate::schema::{ColumnType, Leaf, Name, Record, ResolvedPath, Schema};
use crate::transfer::TransferError;
use crate::transfer::export::hex;
use crate::value::Value;

/// Where a file stands among the files of the export.
pub(super) type Place = usize;

/// A reference of an entity to another one of the export.
#[derive(Debug, Clone, Copy)]
struct Link {
    column: usize,
    target: Place,
    /// Whether a record can't be stored without it, even for a while.
    firm: bool,
}

/// A reference that is left out when its record is first written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Late {
    pub(super) column: usize,
    /// Whether it leads to the same entity, whose records are written in the order of ids: then what has a smaller id
    /// is there already.
    by_id: bool,
}

/// One thing to do; they are done one after another.
#[derive(Debug)]
pub(super) enum Step {
    /// The records of a file are stored in their order.
    Each { file: Place },
    /// The records of files that require records of the same files are stored in an order of their own.
    Together { files: Vec<Place>, rows: Rows },
    /// The records of a file get the references that were left out.
    Complete { file: Place },
}

/// All that is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The references that are left out at first, by file.
    pub(super) late: Vec<Vec<Late>>,
}

impl Plan {
    /// Decides about the order; reads the files whose records require each other.
    pub(super) fn new(sources: &[Source], schema: &Schema) -> Result<Self, TransferError> {
        let links: Vec<Vec<Link>> = sources.iter().map(|source| links(source, sources, schema)).collect();
        let (mut steps, mut late) = (Vec::new(), vec![Vec::new(); sources.len()]);
        let mut written = vec![false; sources.len()];
        for group in in_order(&links) {
            let alone = group.len() == 1;
            let is_firm = |file: &Place| links_of(&links, *file).any(|link| link.firm && group.contains(&link.target));
            let together = group.iter().any(is_firm);
            for file in &group {
                let left_out = links_of(&links, *file).filter(|link| !link.firm && !at(&written, link.target));
                let left_out = left_out
                    .map(|link| Late { column: link.column, by_id: alone && !together && link.target == *file });
                if let Some(late) = late.get_mut(*file) {
                    *late = left_out.collect();
                }
            }
            group.iter().for_each(|file| written.get_mut(*file).into_iter().for_each(|written| *written = true));
            steps.push(match group[..] {
                [file] if !together => Step::Each { file },
                _ => {
                    let firm = |file: Place| {
                        let firm = links_of(&links, file).filter(|link| link.firm && group.contains(&link.target));
                        firm.map(|link| (link.column, link.target)).collect()
                    };
                    let rows = Rows::read(sources, group.iter().map(|file| (*file, firm(*file))))?;
                    Step::Together { files: group, rows }
                }
            });
        }
        let later = late.iter().enumerate().filter(|(_, late)| !late.is_empty());
        steps.extend(later.map(|(file, _)| Step::Complete { file }).collect::<Vec<_>>());
        Ok(Self { steps, late })
    }

    /// What tells a load in this order from every other.
    pub(super) fn fingerprint(&self, checksum: &str, sources: &[Source]) -> String {
        let mut hash = Sha256::new();
        hash.update(checksum);
        let mut add = |what: &str, files: &[Place]| {
            hash.update(format!("\n{what}"));
            for file in files {
                let name = sources.get(*file).map_or("", |source| source.said.name.as_str());
                let late = self.late.get(*file).into_iter().flatten().map(|late| late.column.to_string());
                hash.update(format!(" {name} {}", late.collect::<Vec<_>>().join(",")));
            }
        };
        for step in &self.steps {
            match step {
                Step::Each { file } => add("each", &[*file]),
                Step::Together { files, .. } => add("together", files),
                Step::Complete { file } => add("complete", &[*file]),
            }
        }
        hex(&hash.finalize())
    }

    /// A record as it is first written: with the version before its own, or, where references are left out, the one
    /// before that. Says whether some are.
    pub(super) fn first(&self, file: Place, mut record: Record) -> (Record, bool) {
        let late = self.late.get(file).map(Vec::as_slice).unwrap_or_default();
        let left_out = late.iter().filter(|late| late.leaves_out(&record)).map(|late| late.column);
        let left_out: Vec<usize> = left_out.collect();
        for column in &left_out {
            record.values.get_mut(*column).into_iter().for_each(|value| *value = Value::Null);
        }
        let before = if left_out.is_empty() { 1 } else { 2 };
        record.version = Version(record.version.0.saturating_sub(before));
        (record, !left_out.is_empty())
    }

    /// Whether something of a record was left out when it was first written.
    pub(super) fn is_late(&self, file: Place, record: &Record) -> bool {
        self.late.get(file).is_some_and(|late| late.iter().any(|late| late.leaves_out(record)))
    }
}

impl Late {
    fn leaves_out(&self, record: &Record) -> bool {
        let is_later = |id: RecordId| !self.by_id || id > record.id;
        record.value(self.column).as_id().is_some_and(is_later)
    }
}

fn at(list: &[bool], place: Place) -> bool {
    list.get(place).copied().unwrap_or(false)
}

fn links_of(links: &[Vec<Link>], file: Place) -> impl Iterator<Item = &Link> {
    links.get(file).into_iter().flatten()
}

/// The references of a file to files of the export.
fn links(source: &Source, sources: &[Source], schema: &Schema) -> Vec<Link> {
    let def = source.layout.def();
    let place_of = |target: &Name| sources.iter().position(|source| source.layout.def().name == *target);
    let link = |(column, reference): (usize, &crate::schema::ColumnDef)| {
        let ColumnType::Reference(target) = &reference.column_type else { return None };
        // A record of these is never written twice. A key that looks at the field must not see it empty.
        let seen = || {
            def.facts
                .unique
                .iter()
                .filter_map(|key| key.when.clone())
                .any(|when| when.prepare(schema, def).map_or(true, |when| looks_at(&when, column)))
        };
        let firm = reference.required || def.facts.append_only || seen();
        Some(Link { column, target: place_of(target)?, firm })
    };
    def.columns.iter().enumerate().filter_map(link).collect()
}

/// Whether a condition looks at a field.
fn looks_at(filter: &PreparedFilter, column: usize) -> bool {
    let is = |path: &ResolvedPath| match path.leaf {
        Leaf::Column(leaf) => leaf == column,
        Leaf::Id | Leaf::Version => false,
    };
    match filter {
        PreparedFilter::All => false,
        PreparedFilter::Not(filter) => looks_at(filter, column),
        PreparedFilter::And(filters) | PreparedFilter::Or(filters) => {
            filters.iter().any(|filter| looks_at(filter, column))
        }
        PreparedFilter::Compare { path, .. } | PreparedFilter::In { path, .. } | PreparedFilter::IsNull { path } => {
            is(path)
        }
        PreparedFilter::Search { .. } | PreparedFilter::Exists { .. } => true,
    }
}

/// Groups of files that require each other, each after those that it requires, and as far as possible after those that
/// it may refer to.
fn in_order(links: &[Vec<Link>]) -> Vec<Vec<Place>> {
    let firm = links.iter().map(|links| {
        let targets = links.iter().filter(|link| link.firm).map(|link| link.target);
        targets.filter_map(|target| u32::try_from(target).ok()).collect()
    });
    let firm: Vec<Vec<u32>> = firm.collect();
    let mut left: Vec<Vec<Place>> =
        groups(&firm).into_iter().map(|group| group.into_iter().map(|file| file as Place).collect()).collect();
    left.sort();
    let (mut order, mut written) = (Vec::new(), vec![false; links.len()]);
    while !left.is_empty() {
        let missing = |group: &Vec<Place>, only_firm: bool| {
            let of = group.iter().flat_map(|file| links_of(links, *file));
            let of = of.filter(|link| !at(&written, link.target) && !group.contains(&link.target));
            of.filter(|link| link.firm || !only_firm).count()
        };
        // The groups have no cycle among them, so there is always one that can go next.
        let ready = (0..left.len()).filter(|index| left.get(*index).is_some_and(|group| missing(group, true) == 0));
        let next = ready.min_by_key(|index| left.get(*index).map_or(0, |group| missing(group, false)));
        let group = left.remove(next.unwrap_or(0));
        group.iter().for_each(|file| written.get_mut(*file).into_iter().for_each(|written| *written = true));
        order.push(group);
    }
    order
}
