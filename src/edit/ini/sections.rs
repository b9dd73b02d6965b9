//! Whole sections: opened at the end of the file, removed with what belongs to them, renamed.

use super::{
    file::File,
    line::{self, Line, What},
};
use std::rc::Rc;

impl File {
    pub fn has_section(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// Removes a section with what belongs to it. Comments that begin the file belong to the file,
    /// and those below the last setting to something else, unless they are settings commented out.
    pub fn remove_section(&mut self, section: &str) {
        let headers = self.sections.remove(section).unwrap_or_default();
        let mut going = Vec::new();
        let mut some_stay = false;
        for header in headers {
            let is_its = |&at: &usize| &*self.lines.get(at).section == section;
            let mut above: Vec<usize> = self.lines.above(header).take_while(is_its).collect();
            let begins_the_file = |&at: &usize| self.lines.before(at).is_none();
            if above.last().is_some_and(begins_the_file) {
                above.clear();
                some_stay = true;
            }
            let mut below: Vec<usize> = self.lines.onward(header).take_while(is_its).collect();
            let staying = self.comments_of_others(&below);
            some_stay |= staying < below.len();
            below.truncate(staying);
            let first = above.last().copied().unwrap_or(header);
            let last = below.last().copied().unwrap_or(header);
            if let Some(whose) = self.kept_apart(first, last) {
                below.pop();
                self.lines.get_mut(last).section = whose;
            }
            going.extend(above.into_iter().chain(below));
        }
        // A header that follows its own section directly was met from both sides.
        going.sort_unstable();
        going.dedup();
        for at in going {
            if self.is_setting(at) {
                let key = self.setting(at).key.clone();
                self.places.remove(&self.place(section, &key));
            }
            self.lines.take_out(at);
        }
        self.ends.remove(section);
        if some_stay {
            // The comments that stay belong to wherever a reader of the remaining text puts them.
            *self = Self::new(self.dialect, &self.print());
        }
    }

    /// The index, in the lines of a section from its header on, at which comments begin that are
    /// not the section's; their count if there are none. Comments right below the header belong to
    /// the section.
    fn comments_of_others(&self, lines: &[usize]) -> usize {
        let line = |at: &usize| self.lines.get(*at);
        let is_comment = |at: &&usize| matches!(line(at).what, What::Comment);
        let belongs = |at: &usize| match line(at).what {
            What::Section(_) | What::Setting(_) | What::Other => true,
            What::Comment => line(at).is_set_aside(),
            What::Blank => false,
        };
        let own = match lines.iter().rposition(belongs) {
            Some(0) => 1 + lines[1..].iter().take_while(is_comment).count(),
            Some(last) => last + 1,
            None => 0,
        };
        let first = lines[own..].iter().position(|at| is_comment(&at));
        first.map_or(lines.len(), |first| own + first)
    }

    /// Gives a section another name in each of its headers; what stands in it stays.
    pub fn rename_section(&mut self, from: &str, to: &str) -> bool {
        let is_name = line::only(self.dialect, &format!("[{to}]\n"))
            .is_some_and(|line| !to.trim().is_empty() && &*line.section == to);
        if !is_name {
            return false;
        }
        let name: Rc<str> = Rc::from(to);
        for at in self.lines.places().collect::<Vec<_>>() {
            let line = self.lines.get_mut(at);
            if &*line.section == from {
                line.section = Rc::clone(&name);
                line.take_name(to);
            }
        }
        self.index_all();
        true
    }

    /// The section above lines that are removed, if their last line is the blank one that separates
    /// the comments below: without it those would count as that section's.
    fn kept_apart(&self, first: usize, last: usize) -> Option<Rc<str>> {
        let line = |at: Option<usize>| at.map(|at| self.lines.get(at));
        let (above, below) = (
            line(self.lines.before(first))?,
            line(self.lines.after(last))?,
        );
        let shows = matches!(self.lines.get(last).what, What::Blank)
            && matches!(below.what, What::Comment)
            && !matches!(above.what, What::Blank);
        shows.then(|| Rc::clone(&above.section))
    }

    pub(super) fn open_section(&mut self, section: &Rc<str>) -> Option<usize> {
        let header = line::only(self.dialect, &format!("[{section}]{}", self.line_end))?;
        if header.section != *section {
            return None;
        }
        let last = self.lines.last();
        if last.is_some_and(|at| !matches!(self.lines.get(at).what, What::Blank)) {
            let blank = Line {
                text: self.line_end.to_owned(),
                section: Rc::clone(section),
                what: What::Blank,
            };
            self.lines.insert(last, blank);
        }
        let at = self.lines.insert(self.lines.last(), header);
        self.index(at);
        Some(at)
    }
}
