package meta

import (
	"fmt"
	"strings"
	"sync"
)

// Wording is Meta's fixed text of an authentication template in one language.
type Wording struct {
	Body, Security, Expiry, Copy, Autofill, NotMe string
}

// wordings by language code. English, Spanish and the placement of the code are
// Meta's; the other languages are our own rendering of the same sentences.
var wordings = sync.OnceValue(func() map[string]Wording {
	return map[string]Wording{
		"en": {"*%s* is your verification code.", "For your security, do not share this code.", "This code expires in %d minutes.", "Copy code", "Autofill", "I didn't request a code"},
		"pt": {"*%s* é seu código de verificação.", "Para sua segurança, não o compartilhe.", "Este código expira em %d minutos.", "Copiar código", "Preencher", "Não solicitei um código"},
		"es": {"Tu código de verificación es *%s*.", "Por tu seguridad, no lo compartas.", "Este código caduca en %d minutos.", "Copiar código", "Autocompletar", "No solicité un código"},
		"de": {"*%s* ist dein Verifizierungscode.", "Teile diesen Code zu deiner Sicherheit mit niemandem.", "Dieser Code läuft in %d Minuten ab.", "Code kopieren", "Automatisch ausfüllen", "Ich habe keinen Code angefordert"},
		"fr": {"*%s* est votre code de vérification.", "Pour votre sécurité, ne le partagez pas.", "Ce code expire dans %d minutes.", "Copier le code", "Remplir automatiquement", "Je n’ai pas demandé de code"},
		"hi": {"*%s* आपका सत्यापन कोड है।", "अपनी सुरक्षा के लिए, यह कोड किसी को न बताएँ।", "यह कोड %d मिनट में समाप्त हो जाएगा।", "कोड कॉपी करें", "अपने-आप भरें", "मैंने कोड का अनुरोध नहीं किया"},
		"ar": {"*%s* هو رمز التحقق الخاص بك.", "للحفاظ على أمانك، لا تشارك هذا الرمز.", "تنتهي صلاحية هذا الرمز خلال %d دقائق.", "نسخ الرمز", "تعبئة تلقائية", "لم أطلب رمزًا"},
		"he": {"*%s* הוא קוד האימות שלך.", "למען ביטחונך, אין לשתף את הקוד.", "תוקף הקוד יפוג בעוד %d דקות.", "העתקת הקוד", "מילוי אוטומטי", "לא ביקשתי קוד"},
		"it": {"*%s* è il tuo codice di verifica.", "Per la tua sicurezza, non condividerlo.", "Questo codice scade tra %d minuti.", "Copia codice", "Compila", "Non ho richiesto un codice"},
		"nl": {"*%s* is je verificatiecode.", "Deel deze code voor je eigen veiligheid met niemand.", "Deze code verloopt over %d minuten.", "Code kopiëren", "Automatisch invullen", "Ik heb geen code aangevraagd"},
		"id": {"*%s* adalah kode verifikasi Anda.", "Demi keamanan, jangan bagikan kode ini.", "Kode ini kedaluwarsa dalam %d menit.", "Salin kode", "Isi otomatis", "Saya tidak meminta kode"},
		"tr": {"*%s* doğrulama kodunuz.", "Güvenliğiniz için bu kodu paylaşmayın.", "Bu kodun süresi %d dakika içinde dolacak.", "Kodu kopyala", "Otomatik doldur", "Kod istemedim"},
	}
})

// WordingOf returns the wording of a language; English where we have none.
func WordingOf(language string) Wording {
	base, _, _ := strings.Cut(language, "_")
	all := wordings()
	if w, ok := all[base]; ok {
		return w
	}
	return all["en"]
}

// Body is the text of the message with code in WhatsApp's bold marks.
func (t Template) Body(code string) string {
	w := WordingOf(t.Language)
	text := fmt.Sprintf(w.Body, code)
	if t.Security {
		text += " " + w.Security
	}
	return text
}

// Footer is the expiry line; empty when the template has none.
func (t Template) Footer() string {
	if t.Expiry == 0 {
		return ""
	}
	return fmt.Sprintf(WordingOf(t.Language).Expiry, t.Expiry)
}

// Screen is what the phone shows besides the text.
type Screen struct {
	Footer, Copy, Autofill, NotMe string
	OTPType                       string
}

// Screen is what the phone shows with this template.
func (t Template) Screen() Screen {
	w := WordingOf(t.Language)
	sh := Screen{Footer: t.Footer(), Copy: w.Copy, Autofill: w.Autofill, NotMe: w.NotMe, OTPType: t.OTPType}
	if t.ButtonText != "" {
		sh.Copy = t.ButtonText
	}
	if t.AutofillText != "" {
		sh.Autofill = t.AutofillText
	}
	return sh
}
