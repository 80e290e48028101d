"""Takes the events that the adapter posts: for billing that keeps no stream open.

    CAUSEWAY_EVENTS_SECRET   the secret in the adapter's section [events]
    PORT                     where to listen on this machine; 0 is any free port

Each event is verified by the library of Standard Webhooks and answered with 204 once it
is handled; then the next one comes. An event may come twice, under the same id.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# The ids of the handled events. Real billing stores each together with the effect of the event.
seen = set()


class EventReceiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            print(f"refused: {error}", flush=True)
            self.answer(401)
            return
        again = " again" if event["id"] in seen else ""
        seen.add(event["id"])
        print(f"{event['sequence']} {event['kind']}{again}", flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Logs no requests."""


secret = os.environ.get("CAUSEWAY_EVENTS_SECRET")
if not secret:
    print("set CAUSEWAY_EVENTS_SECRET", file=sys.stderr)
    sys.exit(2)
webhook = Webhook(secret)
server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), EventReceiver)
print(f"takes events at http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
