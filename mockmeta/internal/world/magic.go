package world

import (
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Magic numbers: the recipient chooses the outcome, from any client and without
// any set-up. They are in the North American area code 500, which has no
// subscribers. README.md has the table.
//
//	+1 500 5cccccc   accepted, then failed by webhook with Meta's code cccccc
//	+1 500 6cccccc   refused at once with Meta's code cccccc
//	+1 500 8ccccc0   SMS refused at once with Twilio's code ccccc
//	+1 500 9ccccc0   SMS taken, then undelivered with Twilio's code ccccc
//	+1 500 70000nn   what magicTable says
const (
	magicPrefix = "1500"
	magicLength = 11
)

// magicTable maps the last two digits of +1 500 70000nn.
func magicTable() map[int]client.Fault {
	return map[int]client.Fault{
		1:  {Kind: client.Reset},
		2:  {Kind: client.LostAnswer},
		3:  {Kind: client.LateAnswer},
		4:  {Kind: client.SlowBody},
		5:  {Kind: client.HTTPError},
		6:  {Kind: client.HTTPError, Status: 500},
		7:  {Kind: client.Held},
		8:  {Kind: client.Paused},
		11: {Kind: client.Silent},
		12: {Kind: client.SentOnly},
		13: {Kind: client.ReadOnly},
		14: {Kind: client.Late},
		15: {Kind: client.Failed, On: meta.StatusSent},
		16: {Kind: client.UnknownStatus},
		21: {Kind: client.Duplicate, Times: 2},
		22: {Kind: client.Reorder},
		23: {Kind: client.BadSignature},
		24: {Kind: client.CutOff},
		25: {Kind: client.Lost},
		26: {Kind: client.Batch},
		27: {Kind: client.Milliseconds},
		28: {Kind: client.Delay},
	}
}

// magic returns what the number asks for; nil for an ordinary one.
func magic(number string) FaultSet {
	if len(number) != magicLength || number[:len(magicPrefix)] != magicPrefix {
		return nil
	}
	rest, err := strconv.Atoi(number[len(magicPrefix)+1:])
	if err != nil {
		return nil
	}
	f := client.Fault{Code: rest}
	switch number[len(magicPrefix)] {
	case '5':
		f.Kind = client.Failed
	case '6':
		f.Kind = client.SendError
	case '7':
		f = magicTable()[rest]
	case '8':
		f.Kind, f.Code = client.SMSError, rest/10
	case '9':
		f.Kind, f.Code = client.SMSFailed, rest/10
	}
	if f, err = CompleteFault(f); err != nil {
		return nil // an ordinary number of that area
	}
	return FaultSet{f}
}
