//! Lines in their order: one can be put in or taken out without the others moving, so that many
//! changes cost no more than the lines they touch.

/// A doubly linked list with stable indices; a removed element is only unlinked.
#[derive(Debug)]
pub struct Chain<T> {
    slots: Vec<Slot<T>>,
    first: Option<usize>,
    last: Option<usize>,
}

#[derive(Debug)]
struct Slot<T> {
    value: T,
    before: Option<usize>,
    after: Option<usize>,
}

impl<T> Chain<T> {
    pub fn new(values: Vec<T>) -> Self {
        let count = values.len();
        let slot = |(at, value): (usize, T)| Slot {
            value,
            before: at.checked_sub(1),
            after: (at + 1 < count).then_some(at + 1),
        };
        Self {
            slots: values.into_iter().enumerate().map(slot).collect(),
            first: (count > 0).then_some(0),
            last: count.checked_sub(1),
        }
    }

    pub fn get(&self, at: usize) -> &T {
        &self.slots[at].value
    }

    pub fn get_mut(&mut self, at: usize) -> &mut T {
        &mut self.slots[at].value
    }

    pub fn last(&self) -> Option<usize> {
        self.last
    }

    pub fn before(&self, at: usize) -> Option<usize> {
        self.slots[at].before
    }

    pub fn after(&self, at: usize) -> Option<usize> {
        self.slots[at].after
    }

    /// The places before one, the nearest first.
    pub fn above(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.before(at), |&at| self.before(at))
    }

    /// The places from one on.
    pub fn onward(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |&at| self.after(at))
    }

    /// The places, in order.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.first.into_iter().flat_map(|first| self.onward(first))
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.places().map(|at| self.get(at))
    }

    /// Inserts after an element, or at the beginning; returns the new index.
    pub fn insert(&mut self, before: Option<usize>, value: T) -> usize {
        let at = self.slots.len();
        let after = match before {
            Some(before) => self.after(before),
            None => self.first,
        };
        self.slots.push(Slot {
            value,
            before,
            after,
        });
        self.link(before, Some(at));
        self.link(Some(at), after);
        at
    }

    pub fn take_out(&mut self, at: usize) {
        let Slot { before, after, .. } = self.slots[at];
        self.link(before, after);
    }

    fn link(&mut self, before: Option<usize>, after: Option<usize>) {
        match before {
            Some(before) => self.slots[before].after = after,
            None => self.first = after,
        }
        match after {
            Some(after) => self.slots[after].before = before,
            None => self.last = before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neighbours_are_those_of_what_is_left(
            count in 0..12usize,
            steps in prop::collection::vec(prop::option::of(0..16usize), 0..30),
        ) {
            let mut chain = Chain::new((0..count).collect());
            let mut model: Vec<usize> = (0..count).collect();
            let mut made = count;
            for step in steps {
                match step {
                    Some(nth) if nth < model.len() => chain.take_out(model.remove(nth)),
                    Some(_) => {}
                    None => {
                        prop_assert_eq!(chain.insert(chain.last(), made), made);
                        model.push(made);
                        made += 1;
                    }
                }
                prop_assert!(chain.values().eq(&model));
                for (nth, &at) in model.iter().enumerate() {
                    let above = nth.checked_sub(1).map(|nth| model[nth]);
                    prop_assert_eq!(chain.before(at), above);
                    prop_assert_eq!(chain.after(at), model.get(nth + 1).copied());
                }
            }
        }
    }

    #[test]
    fn places_stay_while_others_come_and_go() {
        let mut chain = Chain::new(vec!['a', 'b', 'c']);
        let text = |chain: &Chain<char>| chain.values().collect::<String>();
        let x = chain.insert(Some(0), 'x');
        let y = chain.insert(None, 'y');
        let z = chain.insert(chain.last(), 'z');
        assert_eq!(text(&chain), "yaxbcz");
        for at in [1, y, z] {
            chain.take_out(at);
        }
        assert_eq!(text(&chain), "axc");
        assert_eq!((chain.before(2), chain.after(2)), (Some(x), None));
        for at in [0, x, 2] {
            chain.take_out(at);
        }
        assert_eq!((chain.places().next(), chain.last()), (None, None));
        chain.insert(None, 'n');
        assert_eq!(text(&chain), "n");
    }
}
