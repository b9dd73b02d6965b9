//! Which lines of a file are left, and which of them stand next to each other: asked in one step,
//! however much is gone between them.

pub struct Left {
    above: Vec<Option<usize>>,
    below: Vec<Option<usize>>,
    last: Option<usize>,
}

impl Left {
    pub fn all(lines: usize) -> Self {
        Self {
            above: (0..lines).map(|at| at.checked_sub(1)).collect(),
            below: (1..=lines)
                .map(|at| Some(at).filter(|at| *at < lines))
                .collect(),
            last: lines.checked_sub(1),
        }
    }

    /// One more, at the end.
    pub fn push(&mut self) {
        let at = self.above.len();
        if let Some(last) = self.last {
            self.below[last] = Some(at);
        }
        self.above.push(self.last);
        self.below.push(None);
        self.last = Some(at);
    }

    /// Takes out a line that is left.
    pub fn remove(&mut self, at: usize) {
        let (above, below) = (self.above[at], self.below[at]);
        if let Some(above) = above {
            self.below[above] = below;
        }
        match below {
            Some(below) => self.above[below] = above,
            None => self.last = above,
        }
    }

    /// The lines above one that is left, the nearest first.
    pub fn above(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.above[at], |at| self.above[*at])
    }

    pub fn below(&self, at: usize) -> Option<usize> {
        self.below[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neighbours_are_those_of_the_lines_that_are_left(
            lines in 0..12usize,
            steps in prop::collection::vec(prop::option::of(0..16usize), 0..30),
        ) {
            let mut left = Left::all(lines);
            let mut model: Vec<usize> = (0..lines).collect();
            let mut made = lines;
            for step in steps {
                match step {
                    Some(nth) if nth < model.len() => left.remove(model.remove(nth)),
                    Some(_) => {}
                    None => {
                        left.push();
                        model.push(made);
                        made += 1;
                    }
                }
                for (nth, &at) in model.iter().enumerate() {
                    let above: Vec<usize> = left.above(at).collect();
                    prop_assert!(above.iter().eq(model[..nth].iter().rev()));
                    prop_assert_eq!(left.below(at), model.get(nth + 1).copied());
                }
            }
        }
    }
}
