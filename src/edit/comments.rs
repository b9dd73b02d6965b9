//! Which entry a comment belongs to: one rule for all files that are read as a tree.
//!
//! An entry owns the comment lines directly above it, at its own column, and the comment after it
//! on its last line. The first comment of a file belongs to the file: a licence, who manages it,
//! which schema it follows. All other comments belong to no entry, and stay whatever is removed.

use super::{line_end::BYTE_ORDER_MARK, syntax::File, tree::Id};

impl File<'_> {
    /// The start of the comment of the entry that begins here, or of the entry's own line.
    pub fn comment_above(&self, at: usize) -> usize {
        let column = self.column(at);
        let own = self.line_start(at);
        let mut start = own;
        while let Some(above) = self.comment_before(start, column) {
            start = above;
        }
        let start = match self.opens(start) {
            true => own,
            false => start,
        };
        // A byte order mark belongs to the file, not to the comment.
        match start == 0 && self.text.starts_with(BYTE_ORDER_MARK) {
            true => BYTE_ORDER_MARK.len_utf8(),
            false => start,
        }
    }

    /// Where the comment begins that ends with the line above, if it stands alone at this column.
    fn comment_before(&self, line: usize, column: usize) -> Option<usize> {
        let above = self.line_start(line.checked_sub(1)?);
        let block = match self.comment {
            "//" => self.block_comment(above, line),
            _ => None,
        };
        let begin = block.unwrap_or(above);
        let text = self.text[begin..line].trim_start_matches(BYTE_ORDER_MARK);
        let body = text.trim_start_matches([' ', '\t']);
        let is_comment = block.is_some() || body.starts_with(self.comment);
        (is_comment && text.len() - body.len() == column).then_some(begin)
    }

    /// The line on which the `/*` stands of a comment that fills all lines up to this one's end.
    fn block_comment(&self, above: usize, end: usize) -> Option<usize> {
        let text = self.text[..end].trim_end().strip_suffix("*/")?;
        let open = text.rfind("/*")?;
        let one = above < text.len() && !text[open..].contains("*/");
        (one && self.starts_line(open)).then(|| self.line_start(open))
    }

    /// Whether nothing stands above but what a file opens with.
    fn opens(&self, line: usize) -> bool {
        let opening = |line: &str| {
            let line = line.trim();
            matches!(line, "" | "{" | "[") || line.starts_with("---") || line.starts_with('%')
        };
        let above = self.text[..line].trim_start_matches(BYTE_ORDER_MARK);
        above.lines().all(opening)
    }

    /// Whether a comment stands inside of a value, between its keys and scalars.
    pub fn comment_inside(&self, id: Id) -> bool {
        let gaps = self.between_tokens(id);
        gaps.iter().any(|gap| gap.contains(self.comment_sign()))
    }

    /// The lines of the comments inside of a value, without the blanks around them.
    pub fn comments_inside(&self, id: Id) -> Vec<&str> {
        let sign = self.comment_sign();
        let comments = self.between_tokens(id).into_iter();
        let comments = comments.filter_map(|gap| Some(&gap[gap.find(sign)?..]));
        // The last comment may be followed by the start of the next token, such as a dash.
        let lines = comments.flat_map(str::lines).map(str::trim);
        let says = |line: &&str| line.contains(|c: char| c == sign || c.is_alphanumeric());
        lines.filter(says).collect()
    }

    /// What begins any comment, `/*` too, wherever no key and no scalar stands.
    fn comment_sign(&self) -> char {
        self.comment.chars().next().unwrap_or('#')
    }

    /// What stands inside of a value between its keys and scalars.
    fn between_tokens(&self, id: Id) -> Vec<&str> {
        let mut gaps = Vec::new();
        let mut at = self.node(id).value().start;
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let node = self.node(id);
            let scalar = (!node.is_container()).then(|| node.value());
            for token in self.tree.keys(id).into_iter().chain(scalar) {
                if token.start < at {
                    continue;
                }
                gaps.push(&self.text[at..token.start]);
                at = token.end;
            }
            open.extend(node.children.iter().rev());
        }
        gaps.extend(self.text.get(at..self.node(id).value().end));
        gaps
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        edit::{Edit, Format, Op, apply},
        model::route::Route,
    };

    fn edited(format: Format, text: &str, route: &str, op: Op) -> String {
        let route = Route::parse(route).expect(route);
        let edited = apply(&format, text, &[Edit::new(route, op)]);
        edited
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
            .text
    }

    #[test]
    fn the_first_comment_of_a_file_is_the_files() {
        let yaml = "# yaml-language-server: $schema=x\na: 1\n# of b\nb: 2\n";
        let toml = "# managed by ansible\na = 1\n# of b\nb = 2\n";
        let table = "# managed by ansible\n[a]\nx = 1\n\n# of b\n[b]\nx = 2\n";
        let jsonc =
            "{\n  // settings\n  \"a\": 1,\n  /* of b,\n     too */\n  \"b\": 2,\n  \"c\": 3\n}\n";
        let helm = "---\n# Source: chart/x.yaml\na: 1\n# of b\nb: 2\n";
        for (format, text, without_a, without_b) in [
            (
                Format::Yaml,
                yaml,
                yaml.replace("a: 1\n", ""),
                yaml.replace("# of b\nb: 2\n", ""),
            ),
            (
                Format::Toml,
                toml,
                toml.replace("a = 1\n", ""),
                toml.replace("# of b\nb = 2\n", ""),
            ),
            (
                Format::Toml,
                table,
                table.replace("[a]\nx = 1\n\n", ""),
                table.replace("# of b\n[b]\nx = 2\n", ""),
            ),
            (
                Format::Jsonc,
                jsonc,
                jsonc.replace("  \"a\": 1,\n", ""),
                jsonc.replace("  /* of b,\n     too */\n  \"b\": 2,\n", ""),
            ),
            (
                Format::Yaml,
                helm,
                helm.replace("a: 1\n", ""),
                helm.replace("# of b\nb: 2\n", ""),
            ),
        ] {
            assert_eq!(edited(format, text, "a", Op::Remove), without_a);
            assert_eq!(edited(format, text, "b", Op::Remove), without_b);
        }
        let below = "# licence\n\n# of a\na: 1\nb: 2\n";
        let left = edited(Format::Yaml, below, "a", Op::Remove);
        assert_eq!(left, "# licence\n\nb: 2\n");
    }

    #[test]
    fn a_move_leaves_the_comment_of_the_file() {
        let to = Route::parse("new.a").expect("a route");
        let text = "# licence\na: 1 # one\nb: 2\n";
        let moved = edited(Format::Yaml, text, "a", Op::Move { to, value: None });
        assert_eq!(moved, "# licence\nb: 2\nnew:\n  a: 1 # one\n");
    }

    #[test]
    fn a_section_leaves_what_stands_below_it() {
        let text = "[a]\nx = 1\n# ---- b: managed by ops ----\n\n[b]\nx = 2\n# vim: ft=toml\n";
        let left = edited(Format::Toml, text, "a", Op::Remove);
        assert_eq!(
            left,
            "# ---- b: managed by ops ----\n\n[b]\nx = 2\n# vim: ft=toml\n"
        );
        let left = edited(Format::Toml, text, "b", Op::Remove);
        assert_eq!(
            left,
            "[a]\nx = 1\n# ---- b: managed by ops ----\n\n# vim: ft=toml\n"
        );
    }
}
