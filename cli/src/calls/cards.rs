//! Customers and their cards.

use causeway::{json::Name, v1};
use tonic::Status;

use super::{Answer, shown};
use crate::{arguments::CardCall, client::Client, exit::Exit, problem::Problem, show};

/// Makes one call about a customer or a card.
pub(super) async fn made(client: &Client, call: CardCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        CardCall::Tokenize(mut order) => {
            let given = order.request_id.take();
            let message = order.message(|| shown(given))?;
            client.tokenize(message).await.map(|response| {
                Answer::of(&response, show::tokenized(&response), Exit::of_tokenization(response.status()))
            })
        }
        CardCall::DeleteCard(mut which) => {
            let id = shown(which.request_id.take());
            client.delete_card(which.delete(id)).await.map(|response| {
                Answer::of(&response, show::deleted(&response), Exit::of_deletion(response.status()))
            })
        }
        CardCall::DefaultCard(mut which) => {
            let id = shown(which.request_id.take());
            client.choose_card(which.choose(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::Customer(mut arguments) => {
            let id = shown(arguments.request_id.take());
            client
                .put_customer(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::DeactivateCustomer(mut who) => {
            let id = shown(who.request_id.take());
            client
                .deactivate_customer(who.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::Cards(whose) => client
            .cards(whose.message())
            .await
            .map(|response| Answer::shown(&response, show::cards(&response))),
    })
}

fn of<M: Name>(response: &M, result: Option<&v1::CardOperationResult>) -> Answer {
    let outcome = result.map(v1::CardOperationResult::outcome).unwrap_or_default();
    Answer::of(response, show::card_result(result), Exit::of_outcome(outcome))
}
