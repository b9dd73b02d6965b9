//! Blue and green behind a real nginx, under load: nobody loses a request, forward and back.

use super::{
    servers::{self, free_port},
    small::{Product, get},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

const CLIENTS: usize = 4;

const SERVICES: &str = "  blue:
    title: blue
    port: '{{input.blue_port}}'
    release: {url: 'http://127.0.0.1:{{input.blue_port}}/', json: version}
    drain_within: 5s
    ways:
      - by:
          command:
            start: {command: [setsid, --fork, python3, app.py, '{{input.blue_port}}', plain], dir: blue, leaves_running: true}
            pid_file: blue/run/app.pid
  green:
    title: green
    port: '{{input.green_port}}'
    release: {url: 'http://127.0.0.1:{{input.green_port}}/', json: version}
    drain_within: 5s
    ways:
      - by:
          command:
            start: {command: [setsid, --fork, python3, app.py, '{{input.green_port}}', plain], dir: green, leaves_running: true}
            pid_file: green/run/app.pid
  front:
    title: the proxy
    release: {url: 'http://127.0.0.1:PORT/', json: version}
inputs:
  blue_port: {ask: port of blue, default: 'BLUE'}
  green_port: {ask: port of green, default: 'GREEN'}
";

const ROAD: &str = "apply:
  - id: live
    title: Switch to the new release
    do:
      switch:
        file: nginx/upstream.conf
        sides: {blue: '127.0.0.1:BLUE', green: '127.0.0.1:GREEN'}
        proxy: front
        test: {command: [NGINX, -t, -q, -p, '{{root}}/nginx', -c, nginx.conf, -e, error.log]}
        reload: {command: [NGINX, -s, reload, -p, '{{root}}/nginx', -c, nginx.conf, -e, error.log]}
        watch: 2s
verify:
  - {id: kept, title: nobody refuses, probe: {file: {path: refuse, exists: false}}}
";

const NGINX: &str = "worker_processes 2;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
  uwsgi_temp_path tmp; scgi_temp_path tmp;
  include upstream.conf;
  server { listen 127.0.0.1:PORT; location / { proxy_pass http://app; } }
}
";

const UPSTREAM: &str = "# who is live; was 127.0.0.1:GREEN before\r
upstream app {\r
    server 127.0.0.1:BLUE ;   # keep this comment\r
}\r
";

struct Proxied {
    product: Product,
    blue: u16,
    green: u16,
}

impl Proxied {
    /// Blue is live and is the old release; the folder of green holds the new one.
    fn new() -> Self {
        let (blue, green) = (free_port(), free_port());
        let nginx = servers::program("nginx").to_string_lossy().into_owned();
        let filled = |text: &str| {
            text.replace("BLUE", &blue.to_string())
                .replace("GREEN", &green.to_string())
                .replace("NGINX", &nginx)
        };
        let product = Product::new(&filled(SERVICES), &filled(ROAD));
        for (side, release) in [("blue", "1.0.0"), ("green", "2.0.0")] {
            let folder = product.root.join(side);
            fs::create_dir(&folder).expect("a folder");
            fs::copy(product.root.join("app.py"), folder.join("app.py")).expect("copied");
            fs::write(folder.join("VERSION"), release).expect("written");
        }
        let folder = product.root.join("nginx");
        fs::create_dir_all(folder.join("tmp")).expect("a folder");
        let port = product.port.to_string();
        fs::write(folder.join("nginx.conf"), NGINX.replace("PORT", &port)).expect("written");
        fs::write(folder.join("upstream.conf"), filled(UPSTREAM)).expect("written");
        let proxied = Self {
            product,
            blue,
            green,
        };
        proxied.start_all(&nginx);
        proxied
    }

    fn start_all(&self, nginx: &str) {
        let root = &self.product.root;
        let started = std::process::Command::new("setsid")
            .args([
                "--fork",
                "python3",
                "app.py",
                &self.blue.to_string(),
                "plain",
            ])
            .current_dir(root.join("blue"))
            .status();
        assert!(started.expect("setsid").success());
        let folder = root.join("nginx").to_string_lossy().into_owned();
        if let Some((uid, gid)) = servers::ordinary_user() {
            for path in ["nginx", "nginx/tmp"] {
                chown(root.join(path), Some(uid), Some(gid)).expect("an owner");
            }
        }
        let mut command = std::process::Command::new(nginx);
        let started = servers::as_ordinary_user(&mut command)
            .args(["-p", &folder, "-c", "nginx.conf", "-e", "error.log"])
            .status();
        assert!(started.expect("nginx").success());
        self.product.until(|product| {
            product
                .answer()
                .is_some_and(|(release, _)| release == "1.0.0")
        });
    }

    fn upstream(&self) -> Vec<u8> {
        fs::read(self.product.root.join("nginx/upstream.conf")).expect("read")
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        let pid = self.product.text("nginx/nginx.pid");
        let stopped = std::process::Command::new("kill").arg(pid.trim()).status();
        assert!(stopped.is_ok_and(|status| status.success()), "nginx ends");
    }
}

/// Clients that send requests all the time, each on a new connection.
struct Load {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
    clients: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn on(port: u16) -> Self {
        let (stop, asked, failed) = (Arc::default(), Arc::default(), Arc::default());
        let clients = (0..CLIENTS).map(|_| {
            let (stop, asked, failed): (Arc<AtomicBool>, Arc<AtomicUsize>, Arc<AtomicUsize>) =
                (Arc::clone(&stop), Arc::clone(&asked), Arc::clone(&failed));
            thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    asked.fetch_add(1, Ordering::SeqCst);
                    if get(port, "/").is_none() {
                        failed.fetch_add(1, Ordering::SeqCst);
                    }
                    thread::sleep(Duration::from_millis(2));
                }
            })
        });
        let clients = clients.collect();
        Self {
            stop,
            asked,
            failed,
            clients,
        }
    }

    /// The number of requests, and of those without a complete answer.
    fn end(self) -> (usize, usize) {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.join().expect("a client");
        }
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.asked), count(&self.failed))
    }
}

#[test]
fn nobody_loses_a_request_across_the_switch_and_back() {
    let proxied = Proxied::new();
    let product = &proxied.product;
    let (before, owner) = (
        proxied.upstream(),
        product.root.metadata().expect("root").uid(),
    );
    let load = Load::on(product.port);
    product.apply_to_the_gate();
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
    assert_eq!(
        super::small::answer(proxied.blue),
        None,
        "the old side is stopped"
    );
    let live = String::from_utf8(proxied.upstream()).expect("text");
    let line = format!(
        "    server 127.0.0.1:{} ;   # keep this comment\r\n",
        proxied.green
    );
    assert!(live.contains(&line), "{live}");
    let (asked, failed) = load.end();
    assert!(asked > 100, "{asked}");
    assert_eq!(failed, 0, "of {asked} on the way there");

    let load = Load::on(product.port);
    product.rollback().ends(0, "rolled back");
    let (asked, failed) = load.end();
    assert!(asked > 100, "{asked}");
    assert_eq!(failed, 0, "of {asked} on the way back");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
    assert_eq!(
        super::small::answer(proxied.green),
        None,
        "the new side is stopped"
    );
    assert_eq!(proxied.upstream(), before);
    let meta = product.root.join("nginx/upstream.conf").metadata();
    assert_eq!(meta.expect("the file").uid(), owner);
}

#[test]
fn a_side_that_answers_as_the_wrong_release_gets_no_traffic() {
    let proxied = Proxied::new();
    let product = &proxied.product;
    fs::write(product.root.join("green/VERSION"), "1.5.0").expect("written");
    let before = proxied.upstream();
    product
        .apply()
        .ends(5, "still answers as 1.5.0, not as 2.0.0");
    assert_eq!(proxied.upstream(), before);
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
}

#[test]
fn a_file_that_the_proxy_refuses_is_put_back() {
    let proxied = Proxied::new();
    let product = &proxied.product;
    // Somebody else broke nginx's configuration: nginx goes on with the one that it has loaded.
    let conf = product.text("nginx/nginx.conf");
    let conf = conf.replace("access_log off;", "access_log off; include not-there.conf;");
    fs::write(product.root.join("nginx/nginx.conf"), conf).expect("written");
    let before = proxied.upstream();
    product.apply().ends(5, "the file was put back");
    assert_eq!(proxied.upstream(), before);
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
    assert_eq!(
        super::small::answer(proxied.blue).expect("blue is up").0,
        "1.0.0"
    );
}
