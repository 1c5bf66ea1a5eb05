// After a registration. The code was sent before there was an identity, so the
// courier finds it by the phone. Whatever your schema calls it: the addresses that
// Kratos verifies by SMS come first, then all traits that look like a number.
local texts(value) =
  if std.isString(value) then [value]
  else if std.isArray(value) then std.flattenArrays([texts(v) for v in value])
  else if std.isObject(value) then std.flattenArrays([texts(value[k]) for k in std.objectFields(value)])
  else [];

function(ctx) {
  local addresses = std.get(ctx.identity, 'verifiable_addresses', []),
  local verified = [a.value for a in addresses if a.via == 'sms'],
  local typed = [t for t in texts(ctx.identity.traits) if std.startsWith(t, '+')],

  event: 'registration',
  identity_id: ctx.identity.id,
  phones: verified + [t for t in typed if !std.member(verified, t)],
}
