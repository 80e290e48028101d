//! The story: every canary goes through every call, and the search finds none.

use super::{
    accepted,
    canary::Deck,
    controls, expectations, interrupted, malformed, refused, stripe_errors,
    test_bed::{ProgramKind, TestBed},
    texts,
};

/// The same canaries each time.
const SEED: u64 = 0x5eed_0001;
/// The number of canary cards.
const CARDS: usize = 200;

#[tokio::test]
async fn no_program_output_contains_a_canary_card_or_key() {
    let mut deck = Deck::of(SEED, CARDS);
    let test_bed = TestBed::open(SEED, "text").await;
    let malformed_cards = deck.deal(malformed::COUNT);
    play(&test_bed, &mut deck).await;
    malformed::cards(&test_bed, &malformed_cards).await;
    let rest = deck.deal(deck.left());
    accepted::play(&test_bed, &rest).await;
    accepted::follow_up(&test_bed).await;
    expectations::check_all_cases_happened(&test_bed, &deck);
    // The kill is the last chance to leave bytes behind, and the journal stays unchanged.
    test_bed.take(ProgramKind::Relay).kill();
    test_bed.take(ProgramKind::Adapter).kill();

    let others = malformed::others(&malformed_cards);
    let search = test_bed.search(&deck, &refused::test_numbers(), &others);
    let found = test_bed.searched_with(&search);
    assert!(found.hits.is_empty(), "\n{}", found.hits.join("\n"));
    expectations::check_all_places_searched(test_bed.directory.path(), &found);
    controls::check_planted_canaries_are_found(&test_bed, &search, &deck);
    controls::planted_in_a_journal(&test_bed, &search, &deck);
    controls::keys_are_found_in_settings(&test_bed, &search);
}

/// Refusals, malformed input and failures.
async fn play(test_bed: &TestBed, deck: &mut Deck) {
    refused::by_the_bank(test_bed, &deck.deal(9)).await;
    refused::by_stripe(test_bed, deck).await;
    refused::by_the_rules(test_bed, deck).await;
    refused::by_the_adapter(test_bed, deck).await;
    texts::play(test_bed, deck).await;
    malformed::messages(test_bed, deck).await;
    malformed::headers(test_bed, deck).await;
    accepted::another_card(test_bed, &deck.deal(8)).await;
    interrupted::link(test_bed, deck).await;
    interrupted::stripe(test_bed, deck).await;
    interrupted::deadline(test_bed, deck).await;
    interrupted::kills(test_bed, deck).await;
    stripe_errors::by_stripe(test_bed, deck).await;
}
