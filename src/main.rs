//! Floor 5: parse the arguments, build the real world, choose a front end, map the end to an exit code.

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).map(String::as_str) == Some("stand-in") {
        let code = switchback::standin::run(
            &args[2],
            std::path::Path::new(&args[3]),
            &args[4..],
            &mut std::io::stdout(),
            &mut std::io::stderr(),
        );
        std::process::exit(code);
    }
}
