"""Our uvicorn protocol class: WebSockets at a fraction of the usual memory and time, everything else as uvicorn does it."""
