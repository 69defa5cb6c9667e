//! Which of many things depend on each other, and an order in which nothing comes before what it depends on.

/// The groups of things that depend on each other, each after all it depends on; `needs` says of each thing which others
/// it depends on. Most groups are one thing alone. The walk keeps its own stack, so a chain may be as long as it likes.
pub(super) fn groups(needs: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut walk = Walk {
        needs,
        seen: vec![UNSEEN; needs.len()],
        low: vec![0; needs.len()],
        waiting: Vec::new(),
        is_waiting: vec![false; needs.len()],
        groups: Vec::new(),
        count: 0,
    };
    for start in 0..needs.len() {
        if walk.seen.get(start) == Some(&UNSEEN) {
            walk.from(start);
        }
    }
    walk.groups
}

const UNSEEN: u32 = u32::MAX;

/// Tarjan's walk.
struct Walk<'a> {
    needs: &'a [Vec<u32>],
    /// When each thing was reached.
    seen: Vec<u32>,
    /// The earliest waiting thing that each leads back to.
    low: Vec<u32>,
    waiting: Vec<u32>,
    is_waiting: Vec<bool>,
    groups: Vec<Vec<u32>>,
    count: u32,
}

impl Walk<'_> {
    fn from(&mut self, start: usize) {
        // Each thing on the way, and how many of its needs were looked at.
        let mut way = vec![(start, 0)];
        self.reach(start);
        while let Some((thing, next)) = way.last_mut() {
            let thing = *thing;
            let need = self.needs.get(thing).and_then(|needs| needs.get(*next)).map(|need| *need as usize);
            *next += 1;
            match need {
                Some(need) if self.seen.get(need) == Some(&UNSEEN) => {
                    self.reach(need);
                    way.push((need, 0));
                }
                Some(need) => {
                    if self.is_waiting.get(need) == Some(&true) {
                        self.lower(thing, self.seen.get(need).copied());
                    }
                }
                None => {
                    way.pop();
                    self.leave(thing);
                    if let Some((before, _)) = way.last() {
                        self.lower(*before, self.low.get(thing).copied());
                    }
                }
            }
        }
    }

    fn reach(&mut self, thing: usize) {
        let count = self.count;
        self.count = count.saturating_add(1);
        for list in [&mut self.seen, &mut self.low] {
            if let Some(entry) = list.get_mut(thing) {
                *entry = count;
            }
        }
        if let Some(entry) = self.is_waiting.get_mut(thing) {
            *entry = true;
        }
        self.waiting.push(u32::try_from(thing).unwrap_or(UNSEEN));
    }

    fn lower(&mut self, thing: usize, to: Option<u32>) {
        if let (Some(entry), Some(to)) = (self.low.get_mut(thing), to) {
            *entry = (*entry).min(to);
        }
    }

    /// If a thing leads back to nothing before it, those that wait since it make a group.
    fn leave(&mut self, thing: usize) {
        if self.low.get(thing) != self.seen.get(thing) {
            return;
        }
        let first = self.waiting.iter().rposition(|waiting| *waiting as usize == thing).unwrap_or(0);
        let mut group = self.waiting.split_off(first);
        for member in &group {
            if let Some(entry) = self.is_waiting.get_mut(*member as usize) {
                *entry = false;
            }
        }
        group.sort_unstable();
        self.groups.push(group);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_cycles_stay_together() {
        let needs = [vec![1], vec![2, 0], vec![3], vec![3], vec![0]];
        assert_eq!(groups(&needs), [vec![3], vec![2], vec![0, 1], vec![4]]);
        assert!(groups(&[]).is_empty());
    }

    #[test]
    fn a_chain_may_be_long() {
        let needs: Vec<Vec<u32>> =
            (0..200_000).map(|thing| if thing < 199_999 { vec![thing + 1] } else { vec![] }).collect();
        let found = groups(&needs);
        assert_eq!((found.len(), &found[0]), (200_000, &vec![199_999]));
    }

    proptest! {
        #[test]
        fn groups_are_the_mutually_reachable(
            needs in (1..12_usize).prop_flat_map(|count| {
                prop::collection::vec(prop::collection::vec(0..count as u32, 0..4), count)
            }),
        ) {
            let count = needs.len();
            let mut reach = vec![vec![false; count]; count];
            for from in 0..count {
                reach[from][from] = true;
                for to in &needs[from] {
                    reach[from][*to as usize] = true;
                }
            }
            for by in 0..count {
                for from in 0..count {
                    for to in 0..count {
                        reach[from][to] |= reach[from][by] && reach[by][to];
                    }
                }
            }
            let found = groups(&needs);
            let mut place = vec![usize::MAX; count];
            for (index, group) in found.iter().enumerate() {
                for member in group {
                    prop_assert_eq!(place[*member as usize], usize::MAX);
                    place[*member as usize] = index;
                }
            }
            for from in 0..count {
                for to in 0..count {
                    prop_assert_eq!(place[from] == place[to], reach[from][to] && reach[to][from]);
                    prop_assert!(!reach[from][to] || place[to] <= place[from]);
                }
            }
        }
    }
}
