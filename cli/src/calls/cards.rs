//! Customers and their cards.

use causeway::{json::Name, v1};
use tonic::Status;

use super::{Answer, request_id};
use crate::{arguments::CardCall, client::Client, exit::Exit, problem::Problem, show};

/// Makes one call about a customer or a card.
pub(super) async fn perform(client: &Client, call: CardCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        CardCall::Tokenize(mut arguments) => {
            let request_id_argument = arguments.request_id.take();
            let message = arguments.message(|| request_id(request_id_argument))?;
            client.tokenize(message).await.map(|response| {
                Answer::of(&response, show::tokenized(&response), Exit::of_tokenization(response.status()))
            })
        }
        CardCall::DeleteCard(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client.delete_card(arguments.delete(id)).await.map(|response| {
                Answer::of(&response, show::deleted(&response), Exit::of_deletion(response.status()))
            })
        }
        CardCall::DefaultCard(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .set_default_card(arguments.set_default(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::Customer(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .put_customer(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::DeactivateCustomer(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .deactivate_customer(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        CardCall::Cards(arguments) => client
            .cards(arguments.message())
            .await
            .map(|response| Answer::done(&response, show::cards(&response))),
    })
}

fn of<M: Name>(response: &M, result: Option<&v1::CardOperationResult>) -> Answer {
    let outcome = result.map(v1::CardOperationResult::outcome).unwrap_or_default();
    Answer::of(response, show::card_result(result), Exit::of_outcome(outcome))
}
