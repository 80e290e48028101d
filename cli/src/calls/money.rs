//! Calls for payments and their later steps.

use causeway::{json::Name, v1};
use tonic::Status;

use super::{Answer, new_request_id, request_id};
use crate::{arguments::MoneyCall, client::Client, exit::Exit, problem::Problem, show};

/// Makes one call that may move money.
pub(super) async fn perform(client: &Client, call: MoneyCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        MoneyCall::Authorize(mut arguments) => {
            let request_id_argument = arguments.request_id.take();
            let message = arguments.message(|| request_id(request_id_argument))?;
            client.authorize(message).await.map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Capture(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .capture(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Refund(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client.refund(arguments.message(id)).await.map(|response| {
                Answer::of(&response, show::refund(&response), exit(response.result.as_ref()))
            })
        }
        MoneyCall::Confirm(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .confirm(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Release(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .release(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::OrderFailed(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .order_failed(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::DecideRefund(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client
                .decide_refund(arguments.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Import(mut arguments) => {
            let id = request_id(arguments.request_id.take());
            client.import(arguments.message(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        // A void is refused in any case, so a lost answer leaves no doubt and the id is not shown.
        MoneyCall::Void(arguments) => client
            .void(arguments.message(new_request_id()))
            .await
            .map(|response| Answer::done(&response, "voided".to_owned())),
    })
}

fn of<M: Name>(response: &M, result: Option<&v1::OperationResult>) -> Answer {
    Answer::of(response, show::result(result), exit(result))
}

fn exit(result: Option<&v1::OperationResult>) -> Exit {
    Exit::of_outcome(result.map(v1::OperationResult::outcome).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_result_is_not_an_approval() {
        assert_eq!(of(&v1::AuthorizeResponse::default(), None).exit, Exit::Unknown);
    }
}
