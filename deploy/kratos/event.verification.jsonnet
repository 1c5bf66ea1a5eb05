// After a changed number was confirmed.
function(ctx) { event: 'verification', identity_id: ctx.identity.id }
