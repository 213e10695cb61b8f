option task = {name: "gapwise: minutes", every: 10m, offset: 1m}

numbers = from(bucket: "gapwise")
    // Points that waited for the database come late: four hours are gone over again.
    |> range(start: -4h)
    |> filter(fn: (r) => r._field != "bad" and r._field != "model_version" and r._field != "all")

numbers
    |> filter(fn: (r) => r._measurement == "machine" or r._measurement == "gap" or r._measurement == "prediction")
    |> aggregateWindow(every: 1m, fn: mean, createEmpty: false)
    |> to(bucket: "gapwise_long")

numbers
    |> filter(fn: (r) => r._measurement == "profile" or r._measurement == "lane")
    |> aggregateWindow(every: 10m, fn: mean, createEmpty: false)
    |> to(bucket: "gapwise_long")
