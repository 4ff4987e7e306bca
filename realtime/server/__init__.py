"""Our uvicorn protocol class: sockets at a fraction of the usual memory and time, the rest as uvicorn does it."""
