//! The last lines that the steps printed. The whole output is a file of the run.

use std::collections::VecDeque;

/// Lines kept; older ones are in the file.
const LINES_MAX: usize = 10_000;
/// Characters of a line kept.
const LINE_CHARS_MAX: usize = 2_000;

#[derive(Default)]
pub struct Output {
    lines: VecDeque<OutputLine>,
    /// Lines that came, kept or not.
    pub total: u64,
}

pub struct OutputLine {
    /// From 0, over all steps.
    pub number: u64,
    pub step: String,
    pub text: String,
}

impl Output {
    pub fn push(&mut self, step: String, mut text: String) {
        if let Some((at, _)) = text.char_indices().nth(LINE_CHARS_MAX) {
            text.truncate(at);
            text.push('…');
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(OutputLine {
            number: self.total,
            step,
            text,
        });
        self.total += 1;
    }

    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &OutputLine> {
        self.lines.iter()
    }

    /// The last lines of a step, at most `count`, oldest first.
    pub fn tail(&self, step: &str, count: usize) -> Vec<&OutputLine> {
        let mut tail: Vec<&OutputLine> = self
            .lines
            .iter()
            .rev()
            .filter(|line| line.step == step)
            .take(count)
            .collect();
        tail.reverse();
        tail
    }

    pub fn count_of(&self, step: &str) -> usize {
        self.lines.iter().filter(|line| line.step == step).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_without_end_costs_a_bounded_memory() {
        let mut output = Output::default();
        for n in 0..100_000 {
            output.push("s".into(), format!("line {n}"));
        }
        output.push("s".into(), "x".repeat(1_000_000));
        assert_eq!(output.lines.len(), LINES_MAX);
        assert_eq!(output.total, 100_001);
        let tail = output.tail("s", 2);
        assert_eq!(tail[0].text, "line 99999");
        assert_eq!(tail[1].text.chars().count(), LINE_CHARS_MAX + 1);
    }
}
