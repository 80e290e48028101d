"""The adapter, for one caller: how calls are made, and how refusals are read.

The class knows the adapter's address and a token, and nothing else of the contract: the
messages come from the adapter itself, by server reflection. There is no generated
code and no .proto file.
"""

import time
import uuid
from urllib.parse import urlsplit

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection_pb2

PROCESSOR = "causeway.v1.Processor"
HEALTH = "grpc.health.v1.Health"

# The deadline of one call, in seconds. The adapter passes the deadline on, so that the
# relay gives up before the caller, and the answer still arrives.
PATIENCE = 30
# How often one request is sent.
TRIES = 5
# The settings of a connection, in milliseconds. A broken connection is opened again soon,
# and a silent connection is checked by pings while a call is in flight.
CONNECTION = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
)
# The code of a call that is cut without a status.
CUT = (
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
)


# --- The adapter's contract ------------------------------------------------------


class Undescribed(Exception):
    """The adapter's reflection lacks a message or a method."""


class Contract:
    """The messages and methods of a server, from its reflection."""

    # The package has the messages of the older v1alpha only. Those of v1 are the same
    # on the wire, so the new method is called with the old messages.
    METHOD = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    def __init__(self, channel, token):
        # The adapter describes itself to known callers only.
        self.metadata = (("authorization", f"Bearer {token}"),)
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
        """Adds the files that answer a question, each after the imported files."""
        request = reflection_pb2.ServerReflectionRequest(**question)
        try:
            answer = next(self.ask(iter([request]), timeout=PATIENCE, metadata=self.metadata))
        except grpc.RpcError as error:
            raise Refusal(error) from None
        if answer.HasField("error_response"):
            raise Undescribed(f"the adapter does not describe {question}: {answer.error_response.error_message}")
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
    """A gRPC error with its google.rpc details."""

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

    @property
    def passing(self):
        """Whether a later try may succeed: no answer, or one that allows a retry."""
        return self.code == grpc.StatusCode.UNAVAILABLE or (self.code in CUT and not self.metadata)


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

    def as_caller(self, token):
        """The same adapter, for another caller."""
        return Processor(self.channel, self.contract, token)

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

    def watch(self, after, until_caught_up=False):
        """The events, one after the other. The stream breaks with a Refusal, and that is normal: call
        again with the last sequence that was handled."""
        path, request, answer = self.contract.method(PROCESSOR, "WatchEvents")
        rpc = self.channel.unary_stream(
            path,
            request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString,
        )
        message = request(after=after, until_caught_up=until_caught_up)
        try:
            for response in rpc(message, metadata=self.metadata):
                yield response.event
        except grpc.RpcError as error:
            raise Refusal(error) from None

    def ask(self, name, fields, patience=PATIENCE):
        """Sends a request until the outcome is known.

        After UNAVAILABLE or DEADLINE_EXCEEDED it is unknown whether money moved.
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


def full_word(message, field):
    """The name of an enum's value, or its number when the contract has no name for it."""
    number = getattr(message, field)
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    return value.name if value else number


def word(message, field):
    """The name of an enum's value without its prefix: APPROVED, CAPTURED."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = kind.values[0].name.removesuffix("UNSPECIFIED")
    return kind.values_by_number[getattr(message, field)].name.removeprefix(prefix)


def spoken(money):
    return f"{money.amount} {money.currency}"


def new_request_id():
    """A new id for each attempt. Billing stores the id with the attempt before the call."""
    return str(uuid.uuid4())


def channel_to(address):
    """A channel to http://host:port, https://host:port or host:port."""
    url = urlsplit(address if "://" in address else f"http://{address}")
    if url.scheme == "https":
        return grpc.secure_channel(url.netloc, grpc.ssl_channel_credentials(), CONNECTION)
    return grpc.insecure_channel(url.netloc, CONNECTION)
