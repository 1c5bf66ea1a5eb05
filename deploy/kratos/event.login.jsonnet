// The body of POST /kratos/events after a login: what the courier needs, and no
// more. The whole ctx would hold cookies and traits.
function(ctx) { event: 'login', identity_id: ctx.identity.id }
