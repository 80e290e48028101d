//! The story: every canary goes through every call, and the search finds none.

use super::{
    broken,
    canary::Deck,
    controls, good,
    ground::{Ground, Which},
    happened, malformed, refused, texts, told,
};

/// The same canaries each time.
const SEED: u64 = 0x5eed_0001;
/// The number of canary cards.
const CARDS: usize = 200;

#[tokio::test]
async fn no_canary_is_left_anywhere() {
    let mut deck = Deck::of(SEED, CARDS);
    let ground = Ground::open(SEED, "text").await;
    let spoilt = deck.deal(malformed::COUNT);
    play(&ground, &mut deck).await;
    malformed::cards(&ground, &spoilt).await;
    let rest = deck.deal(deck.left());
    good::play(&ground, &rest).await;
    good::follow_up(&ground).await;
    happened::it_happened(&ground, &deck);
    // The kill is the last chance to leave bytes behind, and the journal stays unchanged.
    ground.take(Which::Relay).kill();
    ground.take(Which::Adapter).kill();

    let others = malformed::others(&spoilt);
    let search = ground.search(&deck, &refused::test_numbers(), &others);
    let found = ground.searched_with(&search);
    assert!(found.hits.is_empty(), "\n{}", found.hits.join("\n"));
    happened::it_was_searched(ground.directory.path(), &found);
    controls::planted(&ground, &search, &deck);
    controls::planted_in_a_journal(&ground, &search, &deck);
    controls::keys_are_found_in_settings(&ground, &search);
}

/// Refusals, malformed input and failures.
async fn play(ground: &Ground, deck: &mut Deck) {
    refused::by_the_bank(ground, &deck.deal(9)).await;
    refused::by_stripe(ground, deck).await;
    refused::by_the_rules(ground, deck).await;
    refused::by_the_guard(ground, deck).await;
    texts::play(ground, deck).await;
    malformed::messages(ground, deck).await;
    malformed::headers(ground, deck).await;
    good::another_card(ground, &deck.deal(8)).await;
    broken::link(ground, deck).await;
    broken::stripe(ground, deck).await;
    broken::patience(ground, deck).await;
    broken::kills(ground, deck).await;
    told::by_stripe(ground, deck).await;
}
