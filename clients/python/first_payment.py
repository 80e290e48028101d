"""A first payment: hold, capture, refund, and each way of hearing no.

It knows the adapter's address and a token, and nothing else of the contract: the
messages come from the adapter itself, by server reflection. There is no generated
code and no .proto file.

    CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
    CAUSEWAY_TOKEN     a caller's token with the rights charge, refund and read

Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.
"""

import os
import sys
import time
import uuid
from urllib.parse import urlsplit

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection_pb2

PROCESSOR = "causeway.v1.Processor"
HEALTH = "grpc.health.v1.Health"

# How long one answer is waited for, in seconds. The adapter passes it on, so that
# everybody down the way gives up before we do and an honest answer still arrives.
PATIENCE = 30
# How often one request is sent.
TRIES = 5


# --- What the adapter offers ------------------------------------------------------


class Contract:
    """The messages and methods of a server, as its reflection tells them."""

    # The package has the messages of the older v1alpha only. Those of v1 are the same
    # on the wire, so the new method is called with the old messages.
    METHOD = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    def __init__(self, channel):
        self.ask = channel.stream_stream(
            self.METHOD,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        self.pool = descriptor_pool.DescriptorPool()
        self.known = set()
        for service in (PROCESSOR, HEALTH):
            self.learn(file_containing_symbol=service)

    def learn(self, **question):
        """Adds the files that answer a question, each after those that it imports."""
        request = reflection_pb2.ServerReflectionRequest(**question)
        try:
            answer = next(self.ask(iter([request]), timeout=PATIENCE))
        except grpc.RpcError as error:
            raise Refusal(error) from None
        if answer.HasField("error_response"):
            sys.exit(f"the adapter does not describe {question}: {answer.error_response.error_message}")
        for encoded in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(encoded)
            if file.name in self.known:
                continue
            self.known.add(file.name)
            for imported in file.dependency:
                if imported not in self.known:
                    self.learn(file_by_filename=imported)
            self.pool.AddSerializedFile(encoded)

    def method(self, service, name):
        """The path of a method and the classes of its request and its answer."""
        method = self.pool.FindServiceByName(service).methods_by_name[name]
        request = message_factory.GetMessageClass(method.input_type)
        answer = message_factory.GetMessageClass(method.output_type)
        return f"/{service}/{name}", request, answer


# --- How a no is read -------------------------------------------------------------


class Refusal(Exception):
    """A gRPC error with what its google.rpc details say."""

    def __init__(self, error):
        self.code = error.code()
        self.message = error.details()
        self.reason = self.code.name
        self.metadata = {}
        self.payer_message = ""
        self.wait = None
        for detail in details_of(error):
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = unpacked(detail, error_details_pb2.ErrorInfo)
                if info.domain == "causeway":
                    self.reason, self.metadata = info.reason, dict(info.metadata)
            elif detail.Is(error_details_pb2.LocalizedMessage.DESCRIPTOR):
                self.payer_message = unpacked(detail, error_details_pb2.LocalizedMessage).message
            elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                self.wait = unpacked(detail, error_details_pb2.RetryInfo).retry_delay.ToTimedelta()
        super().__init__(f"{self.code.name} {self.reason}: {self.message}")


def details_of(error):
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value).details
    return ()


def unpacked(detail, kind):
    message = kind()
    detail.Unpack(message)
    return message


# --- How something is asked -------------------------------------------------------


class Processor:
    """The adapter, for one caller."""

    def __init__(self, channel, contract, token):
        self.channel = channel
        self.contract = contract
        self.metadata = (("authorization", f"Bearer {token}"),)

    def once(self, name, fields, service=PROCESSOR, patience=PATIENCE):
        """Sends a request once."""
        path, request, answer = self.contract.method(service, name)
        rpc = self.channel.unary_unary(
            path,
            request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString,
        )
        message = json_format.ParseDict(fields, request())
        try:
            return rpc(message, timeout=patience, metadata=self.metadata)
        except grpc.RpcError as error:
            raise Refusal(error) from None

    def ask(self, name, fields, patience=PATIENCE):
        """Sends a request until its outcome is known.

        After UNAVAILABLE or DEADLINE_EXCEEDED nobody here knows whether money moved.
        The same request id is the only safe way on: it gets the first answer, or does
        it now if it was not done. A new request id could charge a second time.
        """
        pause = 0.2
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                answer = self.once(name, fields, patience=patience)
            except Refusal as refusal:
                lost = refusal.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
                if last or not lost:
                    raise
                wait = refusal.wait.total_seconds() if refusal.wait else pause
                print(f"    {refusal.reason}; the same request again in {wait:g} s")
            else:
                unknown = "result" in answer.DESCRIPTOR.fields_by_name and word(answer.result, "outcome") == "UNKNOWN"
                if last or not unknown:
                    return answer
                wait = pause
                print(f"    nobody knows the outcome yet; the same request again in {wait:g} s")
            time.sleep(wait)
            pause = min(pause * 2, 5)


def word(message, field):
    """The name of an enum's value without its prefix: APPROVED, CAPTURED."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = kind.values[0].name.removesuffix("UNSPECIFIED")
    return kind.values_by_number[getattr(message, field)].name.removeprefix(prefix)


def spoken(money):
    return f"{money.amount} {money.currency}"


def new_request_id():
    """One for each attempt. Billing stores it with the attempt before it asks."""
    return str(uuid.uuid4())


# --- The story --------------------------------------------------------------------


def step(title):
    print(title)


def expect(what, seen, expected):
    """Says what was seen; ends with the first thing that is not as expected."""
    if seen != expected:
        print(f"    {what}: {seen!r}, and {expected!r} was expected", file=sys.stderr)
        sys.exit(1)
    print(f"    {what}: {seen}")


def refusal_of(processor, name, fields):
    """The refusal that a request has to get."""
    try:
        processor.ask(name, fields)
    except Refusal as refusal:
        return refusal
    print(f"    {name} was answered, and a refusal was expected", file=sys.stderr)
    sys.exit(1)


def authorize(amount, card="pm_card_visa"):
    return {
        "request_id": new_request_id(),
        "amount": {"amount": amount, "currency": "USD"},
        "capture_mode": "CAPTURE_MODE_MANUAL",
        "payment_method": card,
        "billing_reference": "first-payment",
    }


def play(processor, stranger):
    step("The adapter is asked whether it can work")
    health = processor.once("Check", {"service": PROCESSOR}, service=HEALTH)
    expect("health", word(health, "status"), "SERVING")

    step("What can be done here?")
    capabilities = processor.ask("GetCapabilities", {})
    expect("contract", capabilities.contract_version, "v1")
    expect("always refused", list(capabilities.refused_operations), ["Void"])
    for assignment in capabilities.currencies:
        limits = f"{spoken(assignment.minimum)} to {spoken(assignment.maximum)}"
        print(f"    {assignment.currency} goes through {assignment.payment_system}, {limits}")
    if all(system.test_mode for system in capabilities.payment_systems):
        print("    no real money moves")
    else:
        print("    a payment system here takes real money, and this is a trial", file=sys.stderr)
        sys.exit(1)

    step("12.50 USD are held on a card")
    order = authorize("12.50")
    held = processor.ask("Authorize", order).result
    expect("outcome", word(held, "outcome"), "APPROVED")
    expect("status", word(held.payment, "status"), "AUTHORIZED")
    expect("duplicate", held.duplicate, False)
    payment = held.payment.id

    step("The very same request again holds nothing more")
    again = processor.ask("Authorize", order).result
    expect("duplicate", again.duplicate, True)
    expect("the same payment", again.payment.id == payment, True)

    step("10.00 USD of it are taken; the rest is released")
    capture = {
        "request_id": new_request_id(),
        "payment_id": payment,
        "amount": {"amount": "10.00", "currency": "USD"},
    }
    taken = processor.ask("Capture", capture).result
    expect("outcome", word(taken, "outcome"), "APPROVED")
    expect("status", word(taken.payment, "status"), "CAPTURED")
    expect("captured", spoken(taken.payment.captured), "10.00 USD")

    step("4.00 USD are given back")
    refund = {
        "request_id": new_request_id(),
        "payment_id": payment,
        "amount": {"amount": "4.00", "currency": "USD"},
        "reason": "REFUND_REASON_REQUESTED_BY_CUSTOMER",
    }
    back = processor.ask("Refund", refund)
    expect("outcome", word(back.result, "outcome"), "APPROVED")
    expect("refund", word(back.refund, "status"), "SUCCEEDED")
    expect("refunded", spoken(back.result.payment.refunded), "4.00 USD")
    expect("status", word(back.result.payment, "status"), "CAPTURED")

    step("A void is refused without asking Stripe")
    void = {"request_id": new_request_id(), "payment_id": payment}
    refusal = refusal_of(processor, "Void", void)
    expect("code", refusal.code.name, "UNIMPLEMENTED")
    expect("reason", refusal.reason, "VOID_UNSUPPORTED")
    expect("Stripe was asked", refusal.metadata.get("stripe_contacted"), "false")
    print(f"    for the operator: {refusal.message}")
    expect("there is a sentence for the payer", bool(refusal.payer_message), True)

    step("0.49 USD are less than the operator takes")
    refusal = refusal_of(processor, "Authorize", authorize("0.49"))
    expect("code", refusal.code.name, "FAILED_PRECONDITION")
    expect("reason", refusal.reason, "AMOUNT_BELOW_MINIMUM")
    expect("can be changed by", refusal.metadata.get("fix"), "payer")
    expect("Stripe was asked", refusal.metadata.get("stripe_contacted"), "false")
    expect("for the payer", refusal.payer_message, "Your payment must be no less than 0.50 USD")

    step("A card without funds is declined, which is an answer and no error")
    declined = processor.ask("Authorize", authorize("12.50", "pm_card_visa_chargeDeclinedInsufficientFunds")).result
    expect("outcome", word(declined, "outcome"), "DECLINED")
    expect("status", word(declined.payment, "status"), "DECLINED")
    expect("code", declined.failure.code, "INSUFFICIENT_FUNDS")
    expect("the bank's code", declined.failure.decline_code, "insufficient_funds")
    expect("advice", word(declined.failure, "advice"), "RETRY_LATER")
    print(f"    for the payer: {declined.failure.payer_message}")

    step("Somebody with a wrong token is not let in")
    refusal = refusal_of(stranger, "GetCapabilities", {})
    expect("code", refusal.code.name, "UNAUTHENTICATED")
    expect("reason", refusal.reason, "CALLER_UNKNOWN")


def channel_to(address):
    """A channel to http://host:port, https://host:port or host:port."""
    url = urlsplit(address if "://" in address else f"http://{address}")
    if url.scheme == "https":
        return grpc.secure_channel(url.netloc, grpc.ssl_channel_credentials())
    return grpc.insecure_channel(url.netloc)


def main():
    address, token = os.environ.get("CAUSEWAY_ADAPTER"), os.environ.get("CAUSEWAY_TOKEN")
    if not address or not token:
        print("set CAUSEWAY_ADAPTER and CAUSEWAY_TOKEN", file=sys.stderr)
        sys.exit(2)
    with channel_to(address) as channel:
        try:
            contract = Contract(channel)
            play(Processor(channel, contract, token), Processor(channel, contract, "not-the-token-of-anybody"))
        except Refusal as refusal:
            print(f"    {refusal}", file=sys.stderr)
            sys.exit(1)
    print("All answers were the expected ones.")


if __name__ == "__main__":
    main()
