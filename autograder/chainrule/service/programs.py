"""What students' programs ask for, with the token of the server that they run in instead of a cookie."""

from __future__ import annotations

from typing import Any

import msgspec
from tornado.web import HTTPError

from chainrule.service.handlers import Handler

UNKNOWN = "The Hub does not know this server's token, or it has expired: stop your server and start it again."
UNASKED = "The Hub cannot be asked just now who you are; try again in a minute."


class ForPrograms(Handler):
    """An answer for programs: in JSON, and in one sentence if there is none. Browsers' cookies are good here too.

    The Hub's library checks `_xsrf` wherever a cookie says who asks, and nowhere else: no page of anybody else's can
    have a browser send a token.
    """

    async def prepare(self) -> None:
        """Ask the Hub, beside the web loop; no program is sent to a page for logging in."""
        if "Authorization" not in self.request.headers:
            return
        try:
            known = await self.hub_auth.get_user(self, sync=False)
        except HTTPError as error:
            raise HTTPError(503, UNASKED) from error
        if known is None:
            raise HTTPError(401, UNKNOWN)
        if self.current_user is None:
            # `access:services` alone would do, too, and is more than a student's server should have.
            scope = max(self.hub_scopes or ("",), key=len)
            raise HTTPError(403, f"{known['name']}'s server may not use this course: its token lacks {scope}.")

    def tell(self, what: Any) -> None:
        """Answer in JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(what))
