//! Tests of reading settings, and of the errors for invalid settings.

use super::*;

#[track_caller]
fn check(toml: &str, environment: &[(&str, &str)], expect: Result<&str, &[&str]>) {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let seen = read_text(toml, Path::new("/etc"), "X", environment, |root| {
        let name = root.text("name", "main");
        let count = root.number("count", 3, 1, 9);
        let on = root.flag("on", true);
        let inner: Vec<_> = (root.sections("box").into_iter())
            .map(|(name, mut section)| {
                let size = section.parse("size", "1", |text| text.parse::<u8>());
                section.finish();
                Some(format!("{name}={}", size?))
            })
            .collect();
        let inner: Option<Vec<_>> = inner.into_iter().collect();
        Some(format!("{} {} {} {}", name?, count?, on?, inner?.join(",")))
    });
    let expect = expect
        .map(str::to_owned)
        .map_err(|mistakes| Mistakes(mistakes.iter().map(|mistake| (*mistake).to_owned()).collect()));
    assert_eq!(seen, expect);
}

#[test]
fn file_and_environment_are_laid_over_each_other() {
    check("name = \"a\"", &[], Ok("a 3 true "));
    check(
        "Name = \"a\"\n[box.B]\nsize = \"2\"",
        &[("X_BOX__B__SIZE", "7"), ("X_ON", "false"), ("Y_NAME", "no")],
        Ok("a 3 false b=7"),
    );
    check("", &[("X_NAME", "a"), ("X_COUNT", "9")], Ok("a 9 true "));
}

#[test]
fn all_mistakes_are_reported_together() {
    check(
        "nmae = \"a\"\ncount = 10\non = \"yes\"\n[box.b]\nsize = 1.5\n[box.c]\nsize = 256",
        &[],
        Err(&[
            "name: it is missing; set it, as in name = \"main\"",
            "count: it has to be a whole number from 1 to 9",
            "on: it has to be true or false",
            "box.b.size: write it in quotes, as in \"0.50\"; a bare number with a point is not exact",
            "box.c.size: number too large to fit in target type",
            "nmae: there is no such setting; here are: box, count, name, on",
        ]),
    );
}

#[test]
fn names_that_differ_in_case_only_are_a_mistake() {
    check(
        "name = \"a\"\n[box.b]\nsize = \"1\"\n[box.B]\nsize = \"2\"",
        &[],
        Err(&["box.b: it is there twice, in upper and lower case, which is the same; keep one"]),
    );
}

#[test]
fn a_parse_error_does_not_quote_the_line() {
    let mistakes = parse("a = 1\nsecret_key = \"sk_test_123\n").unwrap_err();
    assert!(mistakes.starts_with("line 2 is not TOML"), "{mistakes}");
    assert!(!mistakes.contains("sk_test"), "{mistakes}");
}
