"""The graph in a SPARQL 1.1 store elsewhere: asked as the embedded one is, and published into it.

`connection` speaks HTTP, `store` is what the application asks, `wording` makes of a query what may
be sent, `state` tells which release the store holds, `publish` puts one there.
"""
