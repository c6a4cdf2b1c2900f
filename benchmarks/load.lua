-- wrk's side of a run: sends one request again and again, and prints the figures as JSON.
-- Arguments: the path with the query, and optionally a number: then every request's query ends in
-- another comment, so that nobody's cache knows it.

local path, run, sent = "", nil, 0

function init(arguments)
  path, run = arguments[1], arguments[2]
end

function request()
  if not run then
    return wrk.format("GET", path)
  end
  sent = sent + 1
  return wrk.format("GET", path .. "%0A%23%20" .. run .. "." .. sent)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "median": %d, "p99": %d, "bytes": %d, '
      .. '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.bytes, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
