//! The pack of Shannon where its LLM service has two sides: the real switch of the pack behind a real
//! nginx, forward and back. The sides are a page of our own that tells its release as the real one
//! does, and git and pip are scripts.

use super::{
    servers::{self, free_port},
    shannon::{Sample, UP_TO_011},
    small::get,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Replaces the Python of a side's virtual environment; it is started like uvicorn.
const PAGE: &str = r#"#!/usr/bin/env python3
import http.server, json, os, sys

release = open("RELEASE").read().strip()
open("../../pid", "w").write(str(os.getpid()))
pages = {
    "/openapi.json": {"info": {"title": "Shannon LLM Service", "version": release}},
    "/health/ready": {"ready": True},
    "/providers/models": {"openai": [{"id": "m", "available": True}]},
}

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(pages.get(self.path, {})).encode()
        self.send_response(200 if self.path in pages else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()
"#;

/// All that it knows of a checkout is the release that it leaves there.
const GIT: &str = r#"#!/bin/sh
release="$2/python/llm-service/RELEASE"
case "$*" in
    *checkout*) for last; do :; done; echo "${last#v}" >"$release" ;;
    *describe*) echo "v$(cat "$release")" ;;
esac
"#;

const NGINX: &str = "pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
  uwsgi_temp_path tmp; scgi_temp_path tmp;
  include upstream.conf;
  server { listen 127.0.0.1:PORT; location / { proxy_pass http://llm; } }
}
";

const SIDES: [&str; 2] = ["llm-blue", "llm-green"];

struct TwoSides {
    sample: Sample,
    front: u16,
    ports: [u16; 2],
}

impl TwoSides {
    /// Blue is live and is 0.1.0; nobody has put anything on green yet.
    fn new() -> Self {
        let mut sample = Sample::new(&UP_TO_011);
        let (front, ports) = (free_port(), [free_port(), free_port()]);
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(sample.folder.path(), open.clone()).expect("a mode");
        let put = |file: &str, text: &str| {
            let path = sample.path("product").join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, text).expect("written");
            fs::set_permissions(path, open.clone()).expect("a mode");
        };
        for side in SIDES {
            put(&format!("{side}/.venv/bin/python"), PAGE);
            put(&format!("{side}/.venv/bin/pip"), "#!/bin/sh\n");
            let sources = format!("{side}/python/llm-service");
            put(&format!("{sources}/main.py"), "");
            put(&format!("{sources}/RELEASE"), "0.1.0\n");
            put(
                &format!("{sources}/llm_service/grpc_gen/agent/agent_pb2.py"),
                "",
            );
        }
        put(".switchback/bin/git", GIT);
        let nginx = servers::program("nginx");
        let proxy = sample.path("product/llm-proxy");
        let (nginx, folder) = (nginx.display(), proxy.display());
        let wrapper = format!("#!/bin/sh\nexec {nginx} \"$@\" -p {folder} -e error.log\n");
        put(".switchback/bin/nginx", &wrapper);
        put(
            "llm-proxy/nginx.conf",
            &NGINX.replace("PORT", &front.to_string()),
        );
        let upstream = format!("upstream llm {{ server 127.0.0.1:{}; }}\n", ports[0]);
        put("llm-proxy/upstream.conf", &upstream);
        fs::create_dir(proxy.join("tmp")).expect("a folder");

        let lines = sample.answers.lines();
        let kept: String = lines
            .filter(|line| !line.contains("llm_url"))
            .map(|line| format!("{line}\n"))
            .collect();
        let conf = proxy.join("nginx.conf");
        sample.answers = format!(
            "{kept}  llm_url: http://127.0.0.1:{front}\n  llm_blue_port: '{}'\n  llm_green_port: '{}'\n  \
             nginx_conf: {}\n",
            ports[0],
            ports[1],
            conf.display()
        );
        let two = Self {
            sample,
            front,
            ports,
        };
        two.start(&proxy);
        two
    }

    fn start(&self, proxy: &Path) {
        let mut blue = Command::new("setsid");
        let blue = blue
            .args([
                "--fork",
                "../../.venv/bin/python",
                "-m",
                "uvicorn",
                "main:app",
                "--port",
            ])
            .arg(self.ports[0].to_string())
            .current_dir(self.sample.path("product/llm-blue/python/llm-service"))
            .stdout(Stdio::null());
        assert!(blue.status().expect("setsid").success());
        if let Some((uid, gid)) = servers::ordinary_user() {
            for path in [proxy.to_owned(), proxy.join("tmp")] {
                chown(path, Some(uid), Some(gid)).expect("an owner");
            }
        }
        let mut nginx = Command::new(servers::program("nginx"));
        let nginx = servers::as_ordinary_user(&mut nginx)
            .arg("-p")
            .arg(proxy)
            .args(["-c", "nginx.conf", "-e", "error.log"]);
        assert!(nginx.status().expect("nginx").success());
        let begun = Instant::now();
        while self
            .says(self.front)
            .is_none_or(|page| !page.contains("0.1.0"))
        {
            assert!(begun.elapsed() < Duration::from_secs(20), "blue answers");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn says(&self, port: u16) -> Option<String> {
        get(port, "/openapi.json")
    }

    fn end(&self, pid_file: &str) {
        let path = self.sample.path("product").join(pid_file);
        if let Ok(pid) = fs::read_to_string(path) {
            // It may have ended already.
            let _ended = Command::new("kill")
                .arg(pid.trim())
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for TwoSides {
    fn drop(&mut self) {
        for pid_file in ["llm-proxy/nginx.pid", "llm-blue/pid", "llm-green/pid"] {
            self.end(pid_file);
        }
    }
}

const MARKS: &str = "mark: [0.1-to-0.2/check/changelog]\n\
    waive: {0.1-to-0.2/check/room: a small machine}\n";

#[test]
fn the_side_that_serves_nobody_gets_the_release_and_the_proxy_is_led_to_it_and_back() {
    let two = TwoSides::new();
    let upstream = two.sample.text("llm-proxy/upstream.conf");
    let (code, out) = two.sample.run(
        &["apply", "--yes", "--pack", "shannon", "--to", "0.2.0"],
        MARKS,
    );
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("Turn the LLM service"), "{out}");
    let front = two.says(two.front).expect("the proxy answers");
    assert!(front.contains("0.2.0"), "{front}");
    assert_eq!(two.says(two.ports[0]), None, "blue was drained");
    let live = two.sample.text("llm-proxy/upstream.conf");
    assert!(
        live.contains(&format!("127.0.0.1:{};", two.ports[1])),
        "{live}"
    );

    let mut runs = fs::read_dir(two.sample.path("state/runs")).expect("a run");
    let run = runs.next().expect("one").expect("an entry").file_name();
    let id = run.to_str().expect("a text");
    let (code, out) = two.sample.run(&["rollback", id, "--yes"], MARKS);
    assert_eq!(code, 0, "{out}");
    let front = two.says(two.front).expect("the proxy answers");
    assert!(front.contains("0.1.0"), "{front}");
    assert_eq!(two.says(two.ports[1]), None, "green was stopped");
    assert_eq!(two.sample.text("llm-proxy/upstream.conf"), upstream);
}
