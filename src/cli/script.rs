//! Completions and the manual page, generated from the arguments.

use super::{
    args::Cli,
    end::{Code, End, Failure},
    print::Printer,
};
use crate::model::text::sanitize;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

pub fn completions(shell: Shell, printer: &mut Printer<'_>) -> End {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "switchback", &mut script);
    printer.raw(&script);
    Ok(Code::Done)
}

/// The page of the program, or of the command with this name, in the form in which the main page
/// refers to it.
pub fn manual(name: Option<&str>, printer: &mut Printer<'_>) -> End {
    let mut program = Cli::command();
    program.build();
    let (page, extra) = match name {
        None => (program, "EXIT CODES"),
        Some(name) => (below(&program, name)?, "ANSWERS FILE"),
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| Failure::told(Code::Fault, &error))?;
    // The text after the help gets a heading of its own on the page.
    let text = String::from_utf8_lossy(&text).replace(".SH EXTRA", &format!(".SH \"{extra}\""));
    printer.raw(text.as_bytes());
    Ok(Code::Done)
}

/// `rules-check` is the command `check` of `rules`.
fn below(program: &Command, name: &str) -> Result<Command, Failure> {
    let name = name.strip_prefix("switchback-").unwrap_or(name);
    let mut found = program;
    for part in name.split('-') {
        found = found.find_subcommand(part).ok_or_else(|| {
            let all = program.get_subcommands().filter(|one| !one.is_hide_set());
            let all: Vec<&str> = all.map(Command::get_name).collect();
            let text = format!(
                "there is no command `{}`; there are {}",
                sanitize(name),
                all.join(", ")
            );
            Failure::new(Code::Usage, text)
        })?;
    }
    Ok(found.clone())
}
