// After a registration. The code was sent before there was an identity, so the
// courier finds it by the phone.
function(ctx) {
  event: 'registration',
  identity_id: ctx.identity.id,
  phone: ctx.identity.traits.phone,
}
