// Imported for its effect: it registers the gradients of TF.js's ops.

export {}
