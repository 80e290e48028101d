//! Calls for payments and their later steps.

use causeway::{json::Name, v1};
use tonic::Status;

use super::{Answer, new_request_id, shown};
use crate::{arguments::MoneyCall, client::Client, exit::Exit, problem::Problem, show};

/// Makes one call that may move money.
pub(super) async fn made(client: &Client, call: MoneyCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        MoneyCall::Authorize(mut order) => {
            let given = order.request_id.take();
            let message = order.message(|| shown(given))?;
            client.authorize(message).await.map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Capture(mut order) => {
            let id = shown(order.request_id.take());
            client.capture(order.message(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Refund(mut order) => {
            let id = shown(order.request_id.take());
            client.refund(order.message(id)).await.map(|response| {
                Answer::of(&response, show::refund(&response), exit(response.result.as_ref()))
            })
        }
        MoneyCall::Confirm(mut order) => {
            let id = shown(order.request_id.take());
            client.confirm(order.message(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Release(mut order) => {
            let id = shown(order.request_id.take());
            client.release(order.message(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::OrderFailed(mut order) => {
            let id = shown(order.request_id.take());
            client
                .order_failed(order.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::DecideRefund(mut order) => {
            let id = shown(order.request_id.take());
            client
                .decide_refund(order.message(id))
                .await
                .map(|response| of(&response, response.result.as_ref()))
        }
        MoneyCall::Import(mut order) => {
            let id = shown(order.request_id.take());
            client.import(order.message(id)).await.map(|response| of(&response, response.result.as_ref()))
        }
        // A void is refused in any case, so a lost answer leaves no doubt and the id is not shown.
        MoneyCall::Void(order) => client
            .void(order.message(new_request_id()))
            .await
            .map(|response| Answer::shown(&response, "voided".to_owned())),
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
