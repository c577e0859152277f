// Imported for its effect: it registers the backend 'cpu'.

export {}
