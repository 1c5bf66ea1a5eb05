package selftest

import "slices"

// Row is a fault that the suite judges rightly.
type Row struct {
	// Fault is its name in the courier.
	Fault string
	// Fails are the requirements that it breaks.
	Fails []string
	// Keeps are neighbours that the courier keeps all the same: a blunt spec of
	// theirs would blame it.
	Keeps []string
}

// Focus are the requirements that are looked at.
func (r Row) Focus() []string { return slices.Concat(r.Fails, r.Keeps) }

// Rows are the faults that are tried. A fault is here only if a run was seen in
// which exactly these requirements failed.
//
// Two faults are seen by MSG-1 too, which the courier keeps, so it is not in their
// focus: its specs of the documented fields post a code with letters, which
// regexp-over-text does not find, and ask for other languages, which
// default-language-only does not speak.
func Rows() []Row {
	return []Row{
		{Fault: "to-without-plus", Fails: []string{"MSG-1"}, Keeps: []string{"EXP-1", "MSG-2", "MSG-3", "MSG-4"}},
		{Fault: "regexp-over-text", Fails: []string{"MSG-4"}, Keeps: []string{"MSG-2", "MSG-3"}},
		{Fault: "default-language-only", Fails: []string{"MSG-2"}, Keeps: []string{"MSG-3", "MSG-4"}},
		{Fault: "login-only", Fails: []string{"MSG-3"}, Keeps: []string{"EXP-1", "MSG-1", "MSG-4"}},
		{Fault: "ignores-channel", Fails: []string{"FBK-9"}, Keeps: []string{"EXP-1", "MSG-4", "USE-6"}},
		{Fault: "sends-on-every-kratos-retry", Fails: []string{"RATE-6"}, Keeps: []string{"EXP-1", "MSG-1"}},
		{Fault: "events-cancel-everyone", Fails: []string{"USE-6"}, Keeps: []string{"FBK-9", "MSG-4"}},
		{Fault: "echo-without-token", Fails: []string{"WHK-1"}, Keeps: []string{"EXP-1", "MSG-1"}},
	}
}
