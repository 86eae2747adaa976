"""How a finding comes about that no file alone can show: a sentence for each such rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES: Mapping[str, str] = {
    "ESC650": "Its driver is not installed, or its password is sealed and the key is elsewhere.",
    "ESC651": "The service is stopped, so that nothing listens on its port.",
    "ESC652": "A firewall drops the packets, or the service takes a connection and says nothing.",
    "ESC653": "The port of PostgreSQL is given as 6379, where Redis answers.",
    "ESC654": "TLS is asked for and the server speaks plain text, or the other way round.",
    "ESC655": "The certificate has expired, is for another host, or is signed by itself.",
    "ESC656": "The password was changed at the service, and not here.",
    "ESC657": "The login is right, and no database of that name was created.",
    "ESC658": "The service is on another machine, and the connection is made without TLS.",
    "ESC659": "TLS is taken with any certificate (sslmode=require), and it is signed by itself.",
    "ESC660": "The certificate that is served is valid for a week more.",
    "ESC661": "A password is set here, and the Redis server has no requirepass.",
    "ESC662": "tls_cert_file names a file that is not there, or not in PEM.",
    "ESC663": "The certificate was renewed with a new key, and the file of the old key is named.",
    "ESC664": "The file of the key has the mode 0644.",
    "ESC665": "The certificate's file was renewed, and the service was not restarted.",
    "ESC901": "The file was written by hand, or by init --clear, and never sealed.",
    "ESC902": "One sign of a sealed value was changed in an editor.",
    "ESC903": "ESCAI_API_PROT is set, and no field is called api.prot.",
    "ESC904": "The file was changed in an editor after its newest version was saved.",
    "ESC905": "A sealed file is validated on a machine that has not its key.",
    "ESC910": "The policy gives a severity to ESC9999, and there is no such rule.",
    "ESC911": "The policy says max_key_age_days: 365, and the key was made 400 days ago.",
    "ESC912": "The policy says max_secret_age_days: 90, and the version of that day has the same.",
    "ESC913": "A finding was mended after the baseline was written.",
    "ESC914": "config.yaml, which all environments read, holds security.jwt_secret_key.",
    "ESC915": "A password was written into a sealed file in an editor.",
    "ESC916": "A byte of the history was changed from outside, or its database was cut short.",
    "ESC990": "A rule of one's own raises KeyError where a section is missing.",
    "ESC991": "An installed package names a module of rules that cannot be imported.",
}
"""Id of a rule without examples → when it finds something."""
