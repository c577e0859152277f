// Takes no step.

setInterval(() => {}, 1000)
