"""Which addresses of the internet belong to everybody: what `image/fetch` may connect to.

Judged is the address that will be connected to, after all spelling and all look-ups: `127.1`, `0x7f000001`, a name that
leads home and an IPv6 address with an IPv4 address inside are then one thing.  What is not known to be public is not.

Sources: the special-purpose registries of IANA for IPv4 and IPv6 (RFC 6890); NAT64 RFC 6052 and 8215; ISATAP RFC 5214.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a provider's NAT; metadata of one cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # public by its number, yet a cloud's own service for its machines
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of one cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_OPEN_V6 = IPv6Network("2000::/3")  # all that has been given out as global unicast
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address inside, and nobody's relay to be trusted
        "3ffe::/16",  # an experiment, given back
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(text: str) -> bool:
    """Whether a numeric address may be connected to; what is no numeric address may not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _public_v4(address) if isinstance(address, IPv4Address) else _public_v6(address)


def _public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_V4)


def _public_v6(address: IPv6Address) -> bool:
    """Global unicast, or the NAT64 form of a public IPv4 address, which is how networks without IPv4 reach it."""
    number = int(address)
    inside = IPv4Address(number & 0xFFFF_FFFF)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return _public_v4(inside)
    if number >> 32 & 0xFFFF_FFFF in _ISATAP and not _public_v4(inside):
        return False
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)
