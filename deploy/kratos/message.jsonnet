// The body of POST /kratos/messages: everything Kratos knows about the message.
// The courier picks what it needs and forgets the rest, so new Kratos versions
// and new template types work without a change here.
function(ctx) ctx
