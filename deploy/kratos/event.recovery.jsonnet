// After a recovery by a code to a phone, which Kratos can send from v26.2 on.
function(ctx) { event: 'recovery', identity_id: ctx.identity.id }
