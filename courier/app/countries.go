package app

import (
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// restricted raises an alarm for each country that the account may not write to,
// once an hour: the message itself goes by SMS, and so will every other one.
func (o *observer) restricted(d courier.Delivery, a courier.Attempt) {
	if a.Channel != courier.WhatsApp || a.Code != whatsapp.CountryRestricted {
		return
	}
	if country := d.To.CallingCode(); o.countries.due(country, o.now()) {
		o.log.WithField("calling_code", country).WithField("provider_code", a.Code).
			Error("The account may not write to this country. Set its region to sms_only in fallback.countries, or see Meta's country restrictions.")
	}
}

// oncePer lets each key through once in a while.
type oncePer struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// alarmEvery is how long the same alarm stays quiet.
const alarmEvery = time.Hour

func (o *oncePer) due(key string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last, known := o.last[key]; known && now.Sub(last) < alarmEvery {
		return false
	}
	if o.last == nil {
		o.last = make(map[string]time.Time)
	}
	o.last[key] = now
	return true
}
