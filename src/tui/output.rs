//! The last lines that the steps printed. The whole output is a file of the run.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

/// Lines kept; older ones are in the file.
const LINES_MAX: usize = 10_000;
/// Characters of a line kept.
const LINE_CHARS_MAX: usize = 2_000;

#[derive(Default)]
pub struct Output {
    lines: VecDeque<OutputLine>,
    /// The numbers of each step's lines: every frame shows the last lines of one step.
    of_step: BTreeMap<Rc<str>, VecDeque<u64>>,
    /// Lines received, whether kept or not.
    pub total: u64,
}

pub struct OutputLine {
    /// From 0, over all steps.
    pub number: u64,
    pub step: Rc<str>,
    pub text: String,
    /// It was printed before this screen was opened.
    pub before: bool,
}

impl Output {
    /// Adds a line; returns the line that was dropped to make room.
    pub fn push(&mut self, step: &str, text: String) -> Option<OutputLine> {
        self.keep(step, text, false)
    }

    pub fn push_before(&mut self, step: &str, text: String) -> Option<OutputLine> {
        self.keep(step, text, true)
    }

    fn keep(&mut self, step: &str, mut text: String, before: bool) -> Option<OutputLine> {
        if let Some((at, _)) = text.char_indices().nth(LINE_CHARS_MAX) {
            text.truncate(at);
            text.push('…');
        }
        let is_full = self.lines.len() == LINES_MAX;
        let gone = is_full.then(|| self.drop_oldest()).flatten();
        let known = self.of_step.get_key_value(step);
        let step = known.map_or_else(|| Rc::from(step), |(step, _)| Rc::clone(step));
        let numbers = self.of_step.entry(Rc::clone(&step)).or_default();
        numbers.push_back(self.total);
        self.lines.push_back(OutputLine {
            number: self.total,
            step,
            text,
            before,
        });
        self.total += 1;
        gone
    }

    fn drop_oldest(&mut self) -> Option<OutputLine> {
        let line = self.lines.pop_front()?;
        if let Some(numbers) = self.of_step.get_mut(&line.step) {
            numbers.pop_front();
            if numbers.is_empty() {
                self.of_step.remove(&line.step);
            }
        }
        Some(line)
    }

    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &OutputLine> {
        self.lines.iter()
    }

    /// The line with this number, if it is kept.
    pub fn line(&self, number: u64) -> Option<&OutputLine> {
        let first = self.lines.front()?.number;
        self.lines
            .get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// The last lines of a step, at most `count`, oldest first.
    pub fn tail(&self, step: &str, count: usize) -> Vec<&OutputLine> {
        let Some(numbers) = self.of_step.get(step) else {
            return Vec::new();
        };
        let last = numbers.range(numbers.len().saturating_sub(count)..);
        last.filter_map(|number| self.line(*number)).collect()
    }

    pub fn count_of(&self, step: &str) -> usize {
        self.of_step.get(step).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_without_end_costs_a_bounded_memory() {
        let mut output = Output::default();
        for n in 0..100_000 {
            output.push("s", format!("line {n}"));
        }
        output.push("s", "x".repeat(1_000_000));
        assert_eq!(output.lines.len(), LINES_MAX);
        assert_eq!(output.total, 100_001);
        let tail = output.tail("s", 2);
        assert_eq!(tail[0].text, "line 99999");
        assert_eq!(tail[1].text.chars().count(), LINE_CHARS_MAX + 1);
    }

    #[test]
    fn every_step_has_its_own_last_lines() {
        let mut output = Output::default();
        for n in 0..LINES_MAX + 3 {
            let step = ["early", "a", "b"][if n < 3 { 0 } else { 1 + n % 2 }];
            output.push(step, format!("{step} {n}"));
        }
        assert_eq!(
            output.count_of("early"),
            0,
            "its lines are in the file alone"
        );
        assert_eq!(output.count_of("a") + output.count_of("b"), LINES_MAX);
        let texts = |step| output.tail(step, 2).into_iter().map(|line| &line.text);
        assert!(texts("a").eq(["a 10000", "a 10002"]));
        assert!(texts("b").eq(["b 9999", "b 10001"]));
        assert!(output.tail("early", 2).is_empty());
    }
}
