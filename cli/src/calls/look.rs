//! Calls that only read.

use tonic::Status;

use super::Answer;
use crate::{arguments::LookCall, client::Client, exit::Exit, json, problem::Problem, show};

/// Makes one call that only reads.
pub(super) async fn made(client: &Client, call: LookCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        LookCall::Check(asked) => client.check(asked.message()?).await.map(|response| {
            Answer::of(&response, show::checked(&response), Exit::of_check(response.admitted))
        }),
        LookCall::Payment(which) => client
            .payment(which.message())
            .await
            .map(|response| Answer::shown(&response, show::found(&response))),
        LookCall::Payments(which) => client
            .payments(which.message())
            .await
            .map(|response| Answer::shown(&response, show::listed(&response))),
        LookCall::Sync(which) => {
            client.sync(which.sync()).await.map(|response| Answer::shown(&response, show::synced(&response)))
        }
        LookCall::Order(which) => client
            .order(which.message())
            .await
            .map(|response| Answer::shown(&response, show::order(&response))),
        LookCall::Capabilities => client
            .capabilities()
            .await
            .map(|response| Answer::shown(&response, show::capabilities(&response))),
        LookCall::Options(whose) => client
            .options(whose.message())
            .await
            .map(|response| Answer::shown(&response, show::options(&response))),
        LookCall::Currencies(which) => client.capabilities().await.map(|response| {
            let json = json::currencies(&response, which.assigned);
            Answer { json, text: show::currencies(&response, which.assigned), exit: Exit::Done }
        }),
    })
}
