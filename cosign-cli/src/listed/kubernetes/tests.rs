use super::{KubernetesError, images};

#[test]
fn images_are_found_in_every_kind_and_document() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: r/c1}, {image: 'r/c2'}]\n  \
                initContainers:\n  - image: r/i\n  ephemeralContainers: [{image: r/e}]\n  \
                volumes: [{name: v, image: {reference: r/v}}]\n---\nkind: CronJob\nspec: {jobTemplate: {spec: {template: \
                {spec: {containers: [{image: r/job}]}}}}}\n---\nkind: List\nitems:\n- kind: Deployment\n  spec: {template: \
                {spec: {containers: [{image: r/listed}]}}}\n---\nkind: ConfigMap\ndata: {image: r/none, containers: text}\n";
    let expected = ["i", "c1", "c2", "e", "v", "job", "listed"].map(|name| format!("r/{name}"));
    assert_eq!(images(text).unwrap(), expected);
}

#[test]
fn names_of_members_may_look_like_numbers() {
    let text = "data: {8080: a, 8081: b, true: c}\nspec: {containers: [{image: r/a}]}";
    assert_eq!(images(text).unwrap(), ["r/a"]);
    assert!(
        matches!(images("{1: a, '1': b}"), Err(KubernetesError::Repeated(name)) if name == "1")
    );
}

#[test]
fn json_is_yaml() {
    let text = r#"{"kind":"Pod","spec":{"containers":[{"image":"r/a"}]}}"#;
    assert_eq!(images(text).unwrap(), ["r/a"]);
}

#[test]
fn anchors_and_merges_hide_no_image() {
    let text = "base: &base {image: r/a}\nspec:\n  containers:\n  - *base\n  - {<<: *base, name: b}\n  - {<<: *base, image: r/b}\n";
    assert_eq!(images(text).unwrap(), ["r/a", "r/a", "r/b"]);
}

#[test]
fn nothing_is_read_in_two_ways() {
    let refused = images("kind: Pod\nkind: Pod\n");
    assert!(matches!(refused, Err(KubernetesError::Repeated(name)) if name == "kind"));
    for image in ["[a]", "1", "1.5", "true", "{a: b}"] {
        let refused = images(&format!("containers: [{{image: {image}}}]"));
        let error = refused.unwrap_err().to_string();
        assert_eq!(error, "`image` of a container is no text", "{image}");
    }
    for image in ["", "~", "null", "''"] {
        let nothing: [&str; 0] = [];
        assert_eq!(
            images(&format!("containers: [{{image: {image}}}]")).unwrap(),
            nothing
        );
    }
    assert_eq!(
        images("containers: [{image: '1'}, {image: !!str 2}]").unwrap(),
        ["1", "2"]
    );
    let tagged = images("containers: [{image: !!binary cg==}]");
    assert!(matches!(tagged, Err(KubernetesError::Tag(tag)) if tag == "binary"));
    assert!(matches!(images("!own {a: b}"), Err(KubernetesError::Tag(tag)) if tag == "own"));
    assert!(matches!(images("? [a]\n: b\n"), Err(KubernetesError::Name)));
    assert!(matches!(images("kind: ["), Err(KubernetesError::Yaml(_))));
    assert!(matches!(images("a: *none"), Err(KubernetesError::Yaml(_))));
    assert_eq!(images("").unwrap(), Vec::<String>::new());
}

#[test]
fn depth_and_number_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(images(&nested(64)).unwrap(), Vec::<String>::new());
    assert!(matches!(images(&nested(65)), Err(KubernetesError::TooDeep)));
    let levels = (0..9).map(|level: usize| {
        let last = match level.checked_sub(1) {
            Some(below) => format!("*a{below}"),
            None => "x".to_owned(),
        };
        let all = vec![last; 10].join(",");
        format!("a{level}: &a{level} [{all}]\n")
    });
    let bomb = levels.collect::<Vec<_>>().concat();
    assert!(matches!(images(&bomb), Err(KubernetesError::TooMany)));
    let wide: Vec<String> = (0..90_000).map(|at| format!("m{at}: x\n")).collect();
    let wide = wide.concat();
    assert_eq!(images(&wide).unwrap(), Vec::<String>::new());
    assert!(matches!(
        images(&format!("{wide}{}", wide.replace('m', "n"))),
        Err(KubernetesError::TooMany)
    ));
    for one in ["[", "{", "- ", "? ", "&a ", "a: &a [", "!!str "] {
        let error = images(&one.repeat(200_000)).unwrap_err();
        assert!(
            matches!(error, KubernetesError::TooDeep | KubernetesError::Yaml(_)),
            "{one}: {error}"
        );
    }
}
