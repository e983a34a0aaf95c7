use std::collections::BTreeMap;

use super::{Dockerfile, DockerfileError, images};

fn read(text: &str) -> Result<Dockerfile, DockerfileError> {
    let environment = |name: &str| (name == "HOME_REG").then(|| "env.example".to_owned());
    images(text, &BTreeMap::new(), &environment)
}

fn named(text: &str) -> Vec<String> {
    read(text).unwrap().images
}

#[test]
fn images_come_from_stages_copies_and_mounts() {
    let file = read(
        "# comment\nFROM --platform=linux/amd64 r.example/a:1 AS Build\nRUN x\nfrom r.example/b \\\n # inside\n\n  as second\n\
         COPY --chown=1 --from=build a b\nCOPY --from=0 a b\nCOPY --from=r.example/c a b\n\
         RUN --mount=type=bind,from=r.example/d,target=/x true\nONBUILD COPY --from=r.example/e a b\nFROM scratch\nFROM second\n",
    );
    let file = file.unwrap();
    let expected = ["a:1", "b", "c", "d", "e"].map(|name| format!("r.example/{name}"));
    assert_eq!(file.images, expected);
    assert_eq!(file.base.as_deref(), Some("r.example/b"));
    assert_eq!(
        file.ignored,
        ["scratch image ignored", "stage reference ignored: second"]
    );
}

#[test]
fn the_base_is_below_the_last_stage_or_before_nothing() {
    let base = |text: &str| read(text).unwrap().base;
    assert_eq!(
        base("FROM r/a AS b\nFROM r/c\nFROM b"),
        Some("r/a".to_owned())
    );
    assert_eq!(
        base("FROM r/a\nCOPY --from=r/c a b"),
        Some("r/a".to_owned())
    );
    assert_eq!(
        base("FROM r/a AS b\nFROM scratch\nCOPY --from=b a b"),
        Some("r/a".to_owned())
    );
    assert_eq!(base("FROM scratch"), None);
    assert_eq!(base(""), None);
}

#[test]
fn an_argument_counts_where_a_build_lets_it_count() {
    // Those of stages do not count in FROM, and those before the first stage count in a stage that asks for them.
    assert_eq!(
        named("ARG V=1\nFROM r/a:$V\nARG V=2\nFROM r/b:$V"),
        ["r/a:1", "r/b:1"]
    );
    let text =
        "ARG V=1\nFROM r/a\nARG V\nCOPY --from=r/b:$V a b\nARG V=2\nRUN --mount=from=r/c:$V true";
    assert_eq!(named(text), ["r/a", "r/b:1", "r/c:2"]);
    let name = "V".to_owned();
    let line = 3;
    let unknown = read("ARG V=1\nFROM r/a\nCOPY --from=r/b:$V a b");
    assert_eq!(unknown, Err(DockerfileError::NoValue { line, name }));
    assert_eq!(named("ARG A=$NOPE B=r/$A\nFROM r/a"), ["r/a"], "unused");
    // The environment does not stand in for a default that cannot be read.
    let unread = read("ARG HOME_REG=${X:+y}\nFROM $HOME_REG/a");
    assert_eq!(unread, Err(DockerfileError::Variable { line: 1 }));
}

#[test]
fn variables_have_values_or_the_file_is_refused() {
    assert_eq!(named("ARG V=1\nFROM r/a:$V"), ["r/a:1"]);
    assert_eq!(named("ARG V=\"1\"\nFROM \"r/a:${V}\""), ["r/a:1"]);
    assert_eq!(named("ARG R=r V=1\nFROM $R/a:$V-x"), ["r/a:1-x"]);
    assert_eq!(named("ARG V\nFROM r/a:${V:-2}"), ["r/a:2"]);
    assert_eq!(named("FROM $HOME_REG/a"), ["env.example/a"]);
    assert_eq!(named("ARG HOME_REG=own\nFROM $HOME_REG/a"), ["own/a"]);
    let given = BTreeMap::from([("V".to_owned(), "9".to_owned())]);
    let file = images("ARG V=1\nFROM r/a:$V", &given, &|_| None).unwrap();
    assert_eq!(file.images, ["r/a:9"]);
    // As in a build, a value for what is no argument of the file has no effect.
    let refused = images("FROM r/a:$V", &given, &|_| None);
    let name = "V".to_owned();
    assert_eq!(refused, Err(DockerfileError::NoValue { line: 1, name }));
    for form in [
        "FROM r/a:${V:+x}",
        "FROM r/a:${V",
        "FROM r/a:$",
        "FROM r/a:${V:-$W}",
        "FROM ${}",
    ] {
        assert_eq!(
            read(form),
            Err(DockerfileError::Variable { line: 1 }),
            "{form}"
        );
    }
}

#[test]
fn what_looks_like_an_instruction_and_is_none_is_no_image() {
    assert_eq!(
        named("FROM r/a\nRUN <<EOF\nFROM r/x\nEOF\nFROM r/b"),
        ["r/a", "r/b"]
    );
    assert_eq!(
        named("FROM r/a\nCOPY <<-\"END\" /f\nFROM r/x\n\tEND\nFROM r/b"),
        ["r/a", "r/b"]
    );
    assert_eq!(
        named("FROM r/a\nRUN echo \\\n FROM r/x\nRUN echo $((1<<2))\nFROM r/b"),
        ["r/a", "r/b"]
    );
    assert_eq!(
        named("# escape=`\nFROM r/a\nRUN a\\\nFROM r/b\nRUN a `\nFROM r/x"),
        ["r/a", "r/b"]
    );
    let word = "EOF".to_owned();
    assert_eq!(
        read("FROM r/a\nRUN <<EOF\nFROM r/b"),
        Err(DockerfileError::Unfinished { line: 2, word })
    );
    let nothing = |text: &str| {
        Err(DockerfileError::NoImage {
            text: text.to_owned(),
        })
    };
    assert_eq!(
        read("RUN x\n\nFROM --platform=x"),
        nothing("FROM --platform=x")
    );
    assert_eq!(read("FROM"), nothing("FROM"));
    assert_eq!(
        read("FROM r/a\nCOPY --from= a b"),
        nothing("COPY --from= a b")
    );
    assert_eq!(named(""), Vec::<String>::new());
}

#[test]
fn a_document_ends_where_a_build_ends_it() {
    // Blanks are no tabs, and tabs count only if they are asked for.
    let both = ["r/a", "r/b"];
    assert_eq!(
        named("FROM r/a\nRUN <<E\n E\n\tE\nFROM r/x\nE\nFROM r/b"),
        both
    );
    assert_eq!(
        named("FROM r/a\nRUN <<A <<B\nB\nA\nFROM r/x\nB\nFROM r/b"),
        both
    );
    // These begin none.
    assert_eq!(named("FROM r/a\nRUN echo \"a <<E\"\nFROM r/b"), both);
    assert_eq!(named("FROM r/a\nRUN a<<E\nFROM r/b"), both);
    assert_eq!(named("FROM r/a\nRUN cat <<<E\nFROM r/b"), both);
    assert_eq!(named("FROM r/a\nRUN echo it's <<E\nFROM r/b"), both);
    assert_eq!(named("FROM r/a\nLABEL a=<<E\nFROM r/b"), both);
}

#[test]
fn a_line_goes_on_where_a_build_lets_it_go_on() {
    let both = ["r/a", "r/b"];
    assert_eq!(
        named("FROM r/a\nRUN x \\\\\nFROM r/b"),
        both,
        "two are one of the text"
    );
    assert_eq!(named("FROM r/a\n# a comment \\\nFROM r/b"), both);
    assert_eq!(named("FROM \\\n  r/a  \\   \n as x\nFROM r/b"), both);
    assert_eq!(named("\u{feff}FROM r/a\r\nFROM r/b\r\n"), both);
}

#[test]
fn a_large_file_takes_no_time() {
    let stages: Vec<String> = (0..200_000)
        .map(|at| format!("FROM r/a AS s{at}\nCOPY --from=s{at} a b\n"))
        .collect();
    assert_eq!(read(&stages.concat()).unwrap().images.len(), 200_000);
    let long = format!("FROM r/a{}", " \\\n".repeat(200_000));
    assert_eq!(named(&long), ["r/a"]);
}
