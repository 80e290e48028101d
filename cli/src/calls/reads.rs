//! Calls that only read.

use tonic::Status;

use super::Answer;
use crate::{arguments::ReadCall, client::Client, exit::Exit, json, problem::Problem, show};

/// Makes one call that only reads.
pub(super) async fn perform(client: &Client, call: ReadCall) -> Result<Result<Answer, Status>, Problem> {
    Ok(match call {
        ReadCall::Check(arguments) => client.check(arguments.message()?).await.map(|response| {
            Answer::of(&response, show::checked(&response), Exit::of_check(response.admitted))
        }),
        ReadCall::Payment(arguments) => client
            .payment(arguments.message())
            .await
            .map(|response| Answer::done(&response, show::found(&response))),
        ReadCall::Payments(arguments) => client
            .payments(arguments.message())
            .await
            .map(|response| Answer::done(&response, show::listed(&response))),
        ReadCall::Sync(arguments) => client
            .sync(arguments.sync())
            .await
            .map(|response| Answer::done(&response, show::synced(&response))),
        ReadCall::Order(arguments) => client
            .order(arguments.message())
            .await
            .map(|response| Answer::done(&response, show::order(&response))),
        ReadCall::Capabilities => {
            client.capabilities().await.map(|response| Answer::done(&response, show::capabilities(&response)))
        }
        ReadCall::Options(arguments) => client
            .options(arguments.message())
            .await
            .map(|response| Answer::done(&response, show::options(&response))),
        ReadCall::Currencies(arguments) => client.capabilities().await.map(|response| {
            let json = json::currencies(&response, arguments.assigned);
            Answer { json, text: show::currencies(&response, arguments.assigned), exit: Exit::Done }
        }),
    })
}
