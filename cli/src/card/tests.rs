//! Tests of the card reader and of the messages about a wrong card.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

const GOOD: &str =
    "number = \"4242 4242 4242 4242\"\nexpiry = \"12/2034\"\ncvc = \"737\"\nholder = \"Ann Bo\"\n";

#[track_caller]
fn check(text: &str, expected: &str) {
    let actual = match parse(text.as_bytes()) {
        Ok(card) => [
            card.number.clone(),
            card.exp_month.to_string(),
            card.exp_year.to_string(),
            card.cvc.clone(),
            card.holder_name.clone(),
        ]
        .join(" "),
        Err(error) => error,
    };
    assert_eq!(actual, expected, "{text}");
}

#[test]
fn a_card_is_read_in_every_format() {
    check(GOOD, "4242424242424242 12 2034 737 Ann Bo");
    check(
        "# mine\r\n\r\nnumber=4242424242424242 # visa\r\nexp_month = 1\r\nexp_year = 2030\r\n",
        "4242424242424242 1 2030  ",
    );
    check(
        "\u{feff}number = '378282246310005' # amex\nexpiry = 09 / 2031\ncvc = 1234\nholder = \"#1 'Bo'\"",
        "378282246310005 9 2031 1234 #1 'Bo'",
    );
}

#[test]
fn an_error_names_the_wrong_field() {
    let with = |line: &str| format!("{GOOD}{line}");
    let without = |name: &str| {
        let lines = GOOD.lines().filter(|line| !line.starts_with(name));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let replacing = |name: &str, line: &str| format!("{}{line}", without(name));
    check(&without("number"), "number is missing");
    check(&without("expiry"), "expiry is missing");
    check(&replacing("expiry", "exp_month = 3"), "exp_year is missing");
    check(&replacing("expiry", "exp_year = 2034"), "exp_month is missing");
    check(&with("exp_month = 3"), "expiry is there, and exp_month or exp_year too; keep one");
    check(&with("cvc = 111"), "cvc is there twice");
    check(&with("[card]"), "line 5 is not NAME = VALUE");
    check(
        &with("pan = 1"),
        "line 5 has a name that no field has; there are: number, expiry, exp_month, exp_year, cvc, holder",
    );
    check(&replacing("holder", "holder = \"A\\tB\""), "holder: it is not a plain text in quotes");
    check(&replacing("holder", "holder = \"A\" B"), "holder: it is not a plain text in quotes");
    check(
        &replacing("number", "number = 4242424242424241"),
        "number: its check digit is wrong, so at least one digit is mistyped",
    );
    check(&replacing("cvc", "cvc = 7377"), "cvc: it has to be 3 digits, as printed on the card");
    for expiry in ["13/2034", "12/34", "12-2034", "2034/12", ""] {
        check(
            &replacing("expiry", &format!("expiry = \"{expiry}\"")),
            "expiry: it has to be a month and a year with four digits, as in \"12/2034\"",
        );
    }
}

#[test]
fn a_card_number_in_place_of_a_path_is_refused() {
    for number in ["4242424242424242", "4242 4242 4242 4241", "4242-4242-4242-4242"] {
        let message = read(Path::new(number)).unwrap_err().to_string();
        assert_eq!(message, "--card is the name of a file: a card number never belongs on a command line");
    }
}

fn card_file(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("card.toml");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    (directory, file)
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    for mode in [0o640, 0o604, 0o620, 0o666] {
        let (_directory, file) = card_file(GOOD, mode);
        let message = read(&file).unwrap_err().to_string();
        assert!(message.contains("others may read it; chmod 600"), "{mode:o}: {message}");
    }
    let (_directory, file) = card_file(GOOD, 0o600);
    assert_eq!(read(&file).unwrap().exp_year, 2034);
}

#[test]
fn errors_never_contain_card_data() {
    let secrets = ["424242424242", "9876", "20344", "Zoe", "4242 4242"];
    let error = [
        "number = 424242424242",
        "number = \"4242 4242\"\n",
        "Zoe = 9876",
        "4242424242424242",
        "4242424242424242 = 9876",
        "number = 4242424242424242\nexpiry = 12/20344",
        "number = 4242424242424242\nexpiry = 12/2034\ncvc = 9876",
        "number = 4242424242424242\nexpiry = 12/2034\nholder = \"Zoe\" Zoe",
    ];
    for text in error {
        let (_directory, file) = card_file(text, 0o600);
        let problem = read(&file).unwrap_err();
        assert!(matches!(problem, Problem::Usage(_)), "{problem:?}");
        let path = file.display().to_string();
        let message = format!("{problem} {problem:?}").replace(&path, "");
        assert!(!secrets.iter().any(|secret| message.contains(secret)), "{message}");
    }
    let (_directory, file) = card_file(&"#".repeat(5000), 0o600);
    assert!(read(&file).unwrap_err().to_string().ends_with("it is too long for a card"));
    let (_directory, file) = card_file("", 0o600);
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(read(&file).unwrap_err().to_string().ends_with("it is not text"));
    assert!(read(&file.with_file_name("none")).unwrap_err().to_string().contains("cannot be read"));
    assert_eq!(format!("{:?}", parse(GOOD.as_bytes())), "Ok(CardData(hidden))");
}
