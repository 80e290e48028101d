//! Strangers at the listeners: clients without a good token, link signature or webhook signature have
//! few connections and short answers, and take no place of adapters, callers and Stripe.

use std::{io::ErrorKind, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::{Code, Request, Status, metadata::MetadataValue, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};

use crate::stage::{Billing, Stage, eventually, order, settings::BILLING_TOKEN};

async fn channel(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// The number of services that a server describes to a client with a token.
async fn described(address: SocketAddr, token: Option<&str>) -> Result<usize, Status> {
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut request = Request::new(tokio_stream::once(list));
    if let Some(token) = token {
        let header: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", header);
    }
    let mut client = ServerReflectionClient::new(channel(address).await);
    let mut answers = client.server_reflection_info(request).await?.into_inner();
    let answer = answers.message().await?.unwrap().message_response.unwrap();
    let tonic_reflection::pb::v1::server_reflection_response::MessageResponse::ListServicesResponse(list) =
        answer
    else {
        panic!("{answer:?}");
    };
    Ok(list.service.len())
}

/// E1: a stranger could ask for large answers without reading them.
#[tokio::test]
async fn the_adapter_describes_itself_to_its_callers_and_the_relay_to_no_client() {
    let stage = Stage::open().await;
    assert!(described(stage.adapter.address, Some(BILLING_TOKEN)).await.unwrap() >= 2);
    for wrong in [None, Some("a-token-that-is-not-in-the-settings")] {
        let refused = described(stage.adapter.address, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    }
    let absent = described(stage.relay_address(), Some(BILLING_TOKEN)).await.unwrap_err();
    assert_eq!(absent.code(), Code::Unimplemented, "{absent}");
}

#[tokio::test]
async fn health_is_checked_by_any_client_and_watched_by_none() {
    let stage = Stage::open().await;
    for address in [stage.adapter.address, stage.relay_address()] {
        let mut client = HealthClient::new(channel(address).await);
        let request = || HealthCheckRequest { service: String::new() };
        eventually("ready", async || {
            client.clone().check(request()).await.unwrap().get_ref().status() == ServingStatus::Serving
        })
        .await;
        let watched = client.watch(request()).await.unwrap_err();
        assert_eq!(watched.code(), Code::Unimplemented, "{watched}");
    }
}

/// Whether the server has closed a connection that sent and received nothing.
fn is_closed(connection: &TcpStream) -> bool {
    match connection.try_read(&mut [0; 64]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// E2: connections of strangers to both listeners, more than there are places.
#[tokio::test(flavor = "multi_thread")]
async fn many_silent_connections_do_not_lock_out_an_adapter_or_a_caller() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("before", "10.00 USD")).await.held_payment();
    let mut strangers = vec![];
    for address in [stage.relay_address(), stage.adapter.address] {
        for _ in 0..100 {
            strangers.push(TcpStream::connect(address).await.unwrap());
        }
    }
    eventually("the oldest of one address give way", async || {
        strangers.iter().filter(|connection| !is_closed(connection)).count() == 2 * 64
    })
    .await;
    billing.authorize(order("during", "10.00 USD")).await.held_payment();
    let other = stage.adapter_of_globex().await;
    let new = Billing::connect(other.address, BILLING_TOKEN).await;
    new.authorize(order("new-adapter", "10.00 USD")).await.held_payment();
    let new = stage.billing().await;
    new.authorize(order("new-caller", "10.00 USD")).await.held_payment();
    drop(strangers);
    other.stop().await;
}

/// The PROXY protocol's header for a client at an IPv4 address.
fn proxy_header(client: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend(client);
    header.extend([127, 0, 0, 1, 0x1f, 0x90, 0xc3, 0x84]);
    header
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_address_has_connections_of_its_own() {
    let limited = |settings: String| {
        settings.replacen(
            "environment =",
            "connections_per_address = 1\ntrusted_proxies = [\"127.0.0.0/8\"]\nenvironment =",
            1,
        )
    };
    let stage = Stage::with_settings(limited).await;
    let connect = async |first_bytes: Vec<u8>| {
        let mut connection = TcpStream::connect(stage.relay_address()).await.unwrap();
        connection.write_all(&first_bytes).await.unwrap();
        connection
    };
    let first = connect(proxy_header([192, 0, 2, 1])).await;
    let other = connect(proxy_header([192, 0, 2, 2])).await;
    let second = connect(proxy_header([192, 0, 2, 1])).await;
    eventually("the older connection of one client gives way", async || is_closed(&first)).await;
    assert!(!is_closed(&other) && !is_closed(&second));
    let bare = connect(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()).await;
    eventually("a connection without the header is closed", async || is_closed(&bare)).await;
}

/// E3: an answer with an error ends the connection of a stranger; Stripe's connection stays.
#[tokio::test]
async fn a_webhook_with_an_error_ends_its_connection_and_a_signed_one_keeps_it() {
    let (stage, hook) = Stage::with_webhooks(|settings| settings).await;
    let address: SocketAddr =
        hook.url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let mut stranger = TcpStream::connect(address).await.unwrap();
    stranger.write_all(b"POST /webhooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    let mut answer = String::new();
    stranger.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("connection: close"), "{answer}");

    let path = hook.url.split_once(&address.to_string()).unwrap().1;
    let event = crate::stage::webhooks::fixture("payment_intent.succeeded").to_string();
    let signature = crate::stage::webhooks::signature(&hook.secret, stage.now_seconds(), &event);
    let post = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nstripe-signature: {signature}\r\ncontent-length: {}\r\n\r\n{event}",
        event.len()
    );
    let mut stripe = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        stripe.write_all(post.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1024];
        let read = stripe.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
    }
}
