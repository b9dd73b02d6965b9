//! Completions and the manual page, made from the arguments themselves.

use super::{
    args::Cli,
    end::{Code, End, Failure},
    print::Printer,
};
use clap::CommandFactory;
use clap_complete::Shell;

pub fn completions(shell: Shell, printer: &mut Printer<'_>) -> End {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "switchback", &mut script);
    printer.raw(&script);
    Ok(Code::Done)
}

pub fn manual(printer: &mut Printer<'_>) -> End {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::told(Code::Fault, &error))?;
    printer.raw(&page);
    Ok(Code::Done)
}
